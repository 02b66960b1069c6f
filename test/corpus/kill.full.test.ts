// Checks that a corpus survives kill -9 at many moments.

import { describe } from 'vitest';
import { testKills } from '../helpers/kills.js';

describe('kill -9', () => testKills(12, 6));
