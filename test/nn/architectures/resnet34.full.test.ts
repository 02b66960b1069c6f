import { testPromises } from '../promises.js';

testPromises('resnet34');
