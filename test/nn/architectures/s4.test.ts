import { testPromises } from '../promises.js';

testPromises('s4');
