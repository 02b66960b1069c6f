import { testPromises } from '../promises.js';

testPromises('lstm');
