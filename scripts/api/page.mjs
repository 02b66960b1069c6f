// One page of the API reference per entrance: classes and functions with their signature, parameters, result, example
// and errors; then constants and types. The names of public types link to their place.

import { commentOf } from './comment.mjs';

const generated = '<!-- "npm run api" writes this page from the doc comments in src. Do not edit it. -->\n\n';
const kinds = [
  ['Classes', 'Class'],
  ['Functions', 'Function'],
  ['Constants', 'Variable'],
  ['Types', 'Interface', 'TypeAlias'],
];

/** What a reader may want to do, and the names to read in this order; the index starts with them. */
const paths = [
  ['make labelled synthetic records in memory', 'Synthesizer', 'SynthBatch', 'toWfdbAnnotations'],
  ['write and read a corpus of synthetic records', 'writeCorpus', 'readCorpus', 'verifyCorpus'],
  ['open real records, your own or a public data set', 'openDataset', 'selectTask', 'TaskWindows'],
  ['see what a data set contains', 'findDatasets', 'surveyDataset', 'DatasetSurvey'],
  ['train one model and export it', 'architectures', 'TrainConfigInput', 'trainRun', 'exportRun'],
  ['compare settings and architectures', 'ExperimentConfigInput', 'runExperiment', 'ExperimentOutcome'],
  ['score a model file on labelled records', 'evaluate', 'Judged', 'Metrics', 'Estimate'],
  ['apply a model file to signals', 'openEngine', 'openModel', 'Model'],
  ['draw an ECG', 'ecgPaper', 'PaperMarks', 'svgToPng'],
];

/** The index: one row per entrance, and all names in order of the alphabet. */
export function indexPage(entrances) {
  const rows = entrances.map(({ name, about }) => `| [\`pqrst/${name}\`](${name}.md) | ${about} |`);
  const names = entrances
    .flatMap(({ name, items }) => items.map((item) => [item.displayName, `${name}.md#${anchorOf(item)}`]))
    .sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
    .map(([text, target]) => `[\`${text}\`](${target})`);
  const linkTo = (name) => {
    const { name: page } = entrances.find(({ items }) => items.some((item) => item.displayName === name));
    return `[\`${name}\`](${page}.md#${name.toLowerCase()})`;
  };
  return `${generated}# API reference

| To | see |
|---|---|
${paths.map(([aim, ...names]) => `| ${aim} | ${names.map((name) => linkTo(name)).join(' → ')} |`).join('\n')}

Each entrance of the package has a page. \`import ... from 'pqrst'\` offers everything of all entrances; a smaller
entrance loads faster. [report/pqrst.api.md](report/pqrst.api.md) lists the public surface in one file, so that each
change of it is visible as a difference.

| Entrance | What it is for |
|---|---|
${rows.join('\n')}

## All names

${names.join(' ·\n')}
`;
}

/** The page of one entrance. */
export function pageOf(entrance, entrances, expandType) {
  const places = new Map(
    entrances.flatMap(({ name, items }) =>
      items.map((item) => [
        item.displayName,
        `${name === entrance.name ? '' : `${name}.md`}#${anchorOf(item)}`,
      ]),
    ),
  );
  const interfaces = new Map(
    entrances.flatMap(({ items }) =>
      items.filter(({ kind }) => kind === 'Interface').map((item) => [item.displayName, item]),
    ),
  );
  const context = { places, expandType, interfaces };
  const sections = kinds.map(([title, ...of]) => {
    const items = entrance.items.filter(({ kind }) => of.includes(kind));
    return items.length === 0
      ? ''
      : `## ${title}\n\n${items.map((item) => itemText(item, context)).join('')}`;
  });
  const elsewhere = entrance.elsewhere.map(({ name }) => `[\`${name}\`](${places.get(name)})`);
  const also = elsewhere.length === 0 ? '' : `## Also exported here\n\n${elsewhere.join(' ·\n')}\n\n`;
  return `${generated}# \`pqrst/${entrance.name}\`\n\n${sentence(entrance.about)}\n\n${sections.join('')}${also}`
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd()
    .concat('\n');
}

function itemText(item, context) {
  const title = `### ${item.displayName}\n\n`;
  switch (item.kind) {
    case 'Class':
      return title + head(item) + tail(item) + membersText(item, context);
    case 'Interface':
      return title + declaration(item, context) + tail(item) + membersText(item, context);
    case 'Function':
      return title + callText(item, context);
    case 'Variable':
      return title + code(item) + head(item) + tail(item);
    default:
      return title + declaration(item, context) + tail(item);
  }
}

/** The declaration of a type; one that is inferred from a schema is spelt out. The description and links to the types follow. */
function declaration(item, { expandType, places }) {
  const { displayName: name, excerpt } = item;
  const isInferred = /\bz\.|\btypeof /.test(excerpt.text);
  const text = isInferred ? `type ${name} = ${expandType(name)};` : tidy(excerpt.text);
  const others = [...new Set(text.match(/\b[A-Z]\w+/g))].filter((each) => each !== name && places.has(each));
  const links = others.map((each) => `[\`${each}\`](${places.get(each)})`);
  return fenced(text) + head(item) + (links.length === 0 ? '' : `See ${links.join(', ')}.\n\n`);
}

/** A function, a method or a constructor; the first of its overloads has the comment. */
function callText(item, context, overloads = [item]) {
  const { parameters, returns } = commentOf(item);
  const rows = item.parameters.map(({ name, parameterTypeExcerpt, isOptional }) =>
    row(
      `\`${name}\`${isOptional ? ' (optional)' : ''}`,
      typeCell(parameterTypeExcerpt, context),
      parameters.get(name),
    ),
  );
  const result = item.returnTypeExcerpt;
  const isVoid = result === undefined || /^(Promise<)?void>?$/.test(result.text);
  const returned = isVoid
    ? ''
    : `Returns ${typeCell(result, context)}${returns === '' ? '' : `: ${returns}`}\n\n`;
  // the declaration has the name of the source, which an entrance may export under another name
  const texts = overloads.map(({ excerpt }) => tidy(excerpt.text));
  const signature = texts.join('\n').replace(/^function \w+/, `function ${item.displayName}`);
  return fenced(signature) + head(item) + table('Parameter', rows) + returned + tail(item);
}

function membersText(item, context) {
  const calls = item.members.filter(({ kind }) =>
    /^(Constructor|Method(Signature)?|ConstructSignature|CallSignature)$/.test(kind),
  );
  const rows = propertiesOf(item, context).map((member) => {
    const { summary, throws } = commentOf(member);
    const about = [summary, ...throws].join(' ');
    const optional = member.isOptional ? ' (optional)' : '';
    return row(`\`${member.displayName}\`${optional}`, typeCell(member.propertyTypeExcerpt, context), about);
  });
  const methods = calls
    .filter(({ overloadIndex }) => overloadIndex === 1)
    .map((member) => {
      const overloads = calls.filter(({ displayName }) => displayName === member.displayName);
      const name =
        member.kind === 'Constructor'
          ? `new ${item.displayName}`
          : `${item.displayName}.${member.displayName}`;
      return `#### ${name}()\n\n${callText(member, context, overloads)}`;
    });
  return table('Property', rows) + methods.join('');
}

/** The properties of a class or an interface, then those of the public interfaces that it extends. */
function propertiesOf(item, context) {
  const own = item.members.filter(({ kind }) => /^Property(Signature)?$/.test(kind));
  const names = new Set(own.map(({ displayName }) => displayName));
  const inherited = (item.extendsTypes ?? [])
    .flatMap(({ excerpt }) => context.interfaces.get(excerpt.text.trim()) ?? [])
    .flatMap((base) => propertiesOf(base, context));
  return [...own, ...inherited.filter(({ displayName }) => !names.has(displayName))];
}

function head(item) {
  const { summary } = commentOf(item);
  return summary === '' ? '' : `${summary}\n\n`;
}

function tail(item) {
  const { examples, throws, see } = commentOf(item);
  const example = examples.map((text) => `Example:\n\n${text}\n\n`).join('');
  const errors = throws.length === 0 ? '' : `Throws:\n\n${throws.map((text) => `- ${text}`).join('\n')}\n\n`;
  return example + errors + see.map((text) => `See ${text}\n\n`).join('');
}

function table(title, rows) {
  return rows.length === 0 ? '' : `| ${title} | Type | Description |\n|---|---|---|\n${rows.join('\n')}\n\n`;
}

function row(name, type, about = '') {
  return `| ${name} | ${type} | ${about.replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', '\\|')} |`;
}

/** A type as one line of code with links; Markdown has no links inside code, so the text is in pieces. */
function typeCell(excerpt, { places }) {
  const pieces = excerpt.spannedTokens.flatMap(({ kind, text }) => {
    const place = kind === 'Reference' ? places.get(text) : undefined;
    return place === undefined ? [{ text }] : [{ text, place }];
  });
  const joined = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last !== undefined && last.place === undefined && piece.place === undefined) last.text += piece.text;
    else joined.push({ ...piece });
  }
  const spans = joined.map(({ text, place }) => {
    const plain = text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
    if (plain.trim() === '') return plain;
    return place === undefined
      ? `<code>${escapeHtml(plain)}</code>`
      : `<code><a href="${place}">${plain}</a></code>`;
  });
  return spans.join('');
}

function escapeHtml(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\\|', '&#124;');
}

function code(item) {
  return fenced(tidy(item.excerpt.text));
}

function fenced(text) {
  return `\`\`\`ts\n${text}\n\`\`\`\n\n`;
}

function tidy(text) {
  return text
    .replace(/^export /, '')
    .replace(/^declare /, '')
    .trim();
}

function anchorOf(item) {
  return item.displayName.toLowerCase();
}

function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
