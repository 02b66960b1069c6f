// Shows a table of an experiment in its report.

import { details, type Markup, table } from '../../report/html.js';
import type { SummaryTable } from './tables.js';

/** Tables with more rows than this are shown folded. */
const mostRows = 24;

/** Returns a table, folded if it is long. */
export function tableMarkup({ title, head, rows, best, aside }: SummaryTable): Markup {
  const shown = table(head, rows, { title, best });
  return aside || rows.length > mostRows ? details(`${title}: ${rows.length} rows`, [shown]) : shown;
}
