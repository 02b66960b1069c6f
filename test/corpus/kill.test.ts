// Checks that a corpus survives kill -9. kill.full.test.ts kills more often.

import { describe } from 'vitest';
import { testKills } from '../helpers/kills.js';

describe('kill -9', () => testKills(3, 1));
