// A report as one HTML file: no script, no font, no address to fetch from. Light and dark by the reader's setting,
// one column on a phone, ECG paper at true size in print.

import { escapeXml } from './ecg-paper.js';

/** Markup that may stand in a page as it is; text becomes one by `words`. */
export type Markup = string & { readonly markup?: true };

export interface ReportPage {
  readonly title: string;
  /** The sentence under the title. */
  readonly summary: string;
  /** A warning in large letters above everything else. */
  readonly banner?: string;
  readonly sections: readonly { readonly heading: string; readonly body: readonly Markup[] }[];
  readonly footer: string;
}

/** A paragraph of plain text. */
export function words(text: string, kind = ''): Markup {
  return `<p${kind === '' ? '' : ` class="${kind}"`}>${escapeXml(text)}</p>`;
}

/** Drawings (SVG) with their captions, side by side where there is room. */
export function figures(
  items: readonly { readonly svg: string; readonly caption: string }[],
  kind: 'ecg' | 'chart',
): Markup {
  const figure = (item: { svg: string; caption: string }) =>
    `<figure class="${kind}">${item.svg}<figcaption>${escapeXml(item.caption)}</figcaption></figure>`;
  return `<div class="pair ${kind}s">${items.map(figure).join('')}</div>`;
}

/** A table; numbers (a cell that begins with a digit or a sign) stand to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): Markup {
  const cell = (text: string, at: number) => {
    if (at === 0) return `<th scope="row">${escapeXml(text)}</th>`;
    return `<td${/^[-−+.\d]/.test(text) ? ' class="number"' : ''}>${escapeXml(text)}</td>`;
  };
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('');
  const top = head.map((text) => `<th scope="col">${escapeXml(text)}</th>`).join('');
  return `<div class="scroll"><table><thead><tr>${top}</tr></thead><tbody>${body}</tbody></table></div>`;
}

export function htmlReport(page: ReportPage): string {
  const sections = page.sections.map(
    (section) => `<section><h2>${escapeXml(section.heading)}</h2>${section.body.join('\n')}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(page.title)}</title>
<style>${style}</style>
</head>
<body>
<header><h1>${escapeXml(page.title)}</h1><p>${escapeXml(page.summary)}</p></header>
${page.banner === undefined ? '' : `<p class="banner" role="alert">${escapeXml(page.banner)}</p>`}
<main>
${sections.join('\n')}
</main>
<footer>${escapeXml(page.footer)}</footer>
</body>
</html>
`;
}

const style = `
:root{--page:#fbfaf8;--card:#fff;--ink:#23211f;--soft:#6a6461;--line:#e3deda;--accent:#a8262f}
@media (prefers-color-scheme:dark){:root{--page:#171615;--card:#201f1d;--ink:#ebe7e3;--soft:#a8a19b;--line:#3a3734;--accent:#f0868d}.ecg svg{filter:brightness(.93)}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2.5rem 1.25rem;max-width:76rem;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
header{border-bottom:2px solid var(--accent);margin-bottom:1.5rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .4rem}
header p{margin:0 0 1rem;color:var(--soft);max-width:62rem}
h2{font-size:1.3rem;margin:2.4rem 0 .6rem}
p{max-width:62rem}
.note{color:var(--soft);font-size:.92rem}
.verdict{font-size:1.12rem;border-left:4px solid var(--accent);padding:.2rem 0 .2rem 1rem}
.banner{max-width:none;background:var(--accent);color:var(--page);font-size:1.7rem;font-weight:700;line-height:1.3;padding:1.1rem 1.3rem;border-radius:.4rem}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:1rem;margin:1rem 0}
.ecgs{grid-template-columns:repeat(auto-fill,minmax(min(100%,30rem),1fr))}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.5rem;min-width:0}
figure svg{display:block;width:100%;height:auto}
.chart{overflow-x:auto}.chart svg{min-width:27rem;max-width:54rem}
figcaption{color:var(--soft);font-size:.88rem;padding:.5rem .25rem .15rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;background:var(--card);border:1px solid var(--line);font-variant-numeric:tabular-nums}
th,td{padding:.5rem .9rem;border-bottom:1px solid var(--line);text-align:left;white-space:nowrap}
thead th{font-size:.85rem;color:var(--soft);font-weight:600}
.number{text-align:right}
footer{margin-top:3rem;border-top:1px solid var(--line);padding-top:.8rem;color:var(--soft);font-size:.85rem}
@media (max-width:40rem){body{padding:1.25rem .8rem}h1{font-size:1.5rem}.banner{font-size:1.3rem}th,td{padding:.4rem .55rem}}
@media print{:root{--page:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--accent:#a8262f}
body{padding:0;max-width:none;font-size:10pt}.pair{display:block}figure{border:0;padding:0 0 4mm;break-inside:avoid}.ecg svg{width:auto;max-width:100%;filter:none}.chart{width:150mm}h2{break-after:avoid}.banner{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
