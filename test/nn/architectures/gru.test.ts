import { testPromises } from '../promises.js';

testPromises('gru');
