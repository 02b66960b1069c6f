import { testPromises } from '../promises.js';

testPromises('transformer');
