import { testPromises } from '../promises.js';

testPromises('mega');
