import { testPromises } from '../promises.js';

testPromises('efficientnet-b0');
