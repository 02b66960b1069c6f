import { testPromises } from '../promises.js';

testPromises('luna');
