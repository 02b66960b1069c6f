// Puts the pictures and measures of a gallery into one HTML page: one section per class.

import { plural } from '../base/text.js';
import { packageVersion } from '../base/version.js';
import { drawWindow, drawWindowPage, secondsText } from '../report/class-strips.js';
import {
  anchor,
  type Figure,
  figures,
  htmlReport,
  list,
  type Markup,
  type ReportSection,
  subheading,
  table,
  wideFigure,
  words,
} from '../report/html.js';
import { classInfo } from '../signal/class-table.js';
import type { EcgClass } from '../signal/classes.js';
import { displayNames, type EcgWindow } from '../signal/window.js';
import type { ClassFile } from '../synth/physiology/class-file.js';
import { counts, fsHz, type GalleryClass, seconds } from './contents.js';
import { measures } from './intervals.js';
import { measureWords, rangeText } from './measure-text.js';
import type { RealRecords, RealWindows } from './real-windows.js';

/** The contents of the page. */
export interface GalleryContents {
  readonly presets: readonly string[];
  readonly seed: number;
  readonly ownClasses: readonly ClassFile[];
  readonly classes: readonly GalleryClass[];
  readonly real: RealRecords | undefined;
}

/** Returns the HTML document of a gallery. */
export function galleryPage(contents: GalleryContents): string {
  const { presets, classes, real, seed } = contents;
  const presetWords = `${presets.length === 1 ? 'preset' : 'presets'} ${presets.join(', ')}`;
  return htmlReport({
    title: 'The classes of the simulator',
    summary: `${plural(classes.length, 'class', 'classes')}, ${presetWords}, seed ${seed}${real === undefined ? '' : '; real records beside them'}.`,
    sections: [
      { heading: 'How to read this page', body: introduction(contents) },
      ...classes.map((one) => sectionOf(one, contents)),
    ],
    footer: `pqrst ${packageVersion()}, seed ${seed}. Synthetic records are not patients; no diagnosis should rest on this page.`,
  });
}

function introduction({ real }: GalleryContents): Markup[] {
  return [
    words(
      `All strips show lead II at 25 mm/s and 10 mm/mV: ${seconds} s at ${fsHz} Hz in rows of five seconds. The letters above a ` +
        'synthetic trace are the types of its beats; the bars below it are P (blue), QRS (brown) and T (green), from onset to ' +
        'offset. They come from the plan of the record, not from a detector.',
    ),
    words(
      `The table of a class has the intervals of ${counts.measured} records per preset (records 0 to ${counts.measured - 1} of the ` +
        'seed): one value per record, then the median over the records and the range in brackets. PR and P to R are those of ' +
        'beats from the atria, QRS and QT those of supraventricular and of ventricular (also paced) beats. A wave is annotated ' +
        'where it exceeds a threshold in lead II, so a QRS is narrower here than over twelve leads. “Expected” is the law from ' +
        'which the records of the preset physiological draw this value: its middle and its bounds.',
    ),
    ...(real === undefined
      ? [words('No data sets were given, so there are no real records on this page.')]
      : [
          words(
            'The seed chooses the real records of these data sets; records in mV, and those without another class, come ' +
              'first. Their labels are those of the data set, and nothing is marked in them.',
          ),
          list(real.sources),
        ]),
  ];
}

function sectionOf(one: GalleryClass, { ownClasses, real }: GalleryContents): ReportSection {
  const title = titleOf(one.name, ownClasses);
  const found = real?.byClass.get(one.name);
  const [first, ...others] = one.presets;
  const realStrips = (found?.strips ?? []).map((window) => realFigure(window, drawWindow(window, fsHz)));
  const page = found?.page;
  return {
    heading: title,
    id: anchor('class', one.name),
    body: [
      words(`${codesText(one.name, ownClasses)}${found === undefined ? '' : ` ${realText(found)}`}`, 'note'),
      ...measured(one, title),
      subheading(`Preset ${first!.preset}`),
      figures(sideBySide(first!.made.strips, realStrips), 'ecg'),
      ...(first!.made.page === undefined
        ? []
        : [wideFigure(first!.made.page, `${title}, twelve leads, synthetic`)]),
      ...(page === undefined
        ? []
        : [wideFigure(realFigure(page, drawWindowPage(page, fsHz)), `${title}, twelve leads, real`)]),
      ...others.flatMap(({ preset, made }) => [
        subheading(`Preset ${preset}`),
        figures(made.strips, 'ecg'),
        ...(made.page === undefined
          ? []
          : [wideFigure(made.page, `${title}, twelve leads, preset ${preset}`)]),
      ]),
    ],
  };
}

/** Returns synthetic and real strips in turn, so that each row of two has one of both. */
function sideBySide(synthetic: readonly Figure[], real: readonly Figure[]): Figure[] {
  return synthetic.flatMap((strip, at) => [strip, ...(real[at] === undefined ? [] : [real[at]])]);
}

function realFigure(
  window: EcgWindow,
  { svg, note }: { readonly svg: string; readonly note: string },
): Figure {
  const { recordName, patientId } = displayNames(window);
  const labels = window.labels === undefined || window.labels.length === 0 ? window.classes : window.labels;
  return {
    svg,
    caption: `Real: record ${recordName}, patient ${patientId}, from ${secondsText(window.startS)}; labelled ${labels.join(', ')}.${note}`,
  };
}

/** Returns the title of a class; of a mixture or an episode, the titles of its parts. */
function titleOf(name: EcgClass, own: readonly ClassFile[]): string {
  const one = (part: string) =>
    own.find((file) => file.name === part)?.title ?? classInfo(part)?.title ?? part;
  return name
    .split('>')
    .map((mixture) => mixture.split('+').map(one).join(' with '))
    .join(', then ');
}

/** Returns the name of a class and its codes, for example `af. SCP-ECG AFIB. SNOMED CT 164889003. WFDB (AFIB.` */
function codesText(name: EcgClass, own: readonly ClassFile[]): string {
  const info = own.find((file) => file.name === name) ?? classInfo(name);
  const codes =
    info === undefined
      ? []
      : [
          ...(info.scp.length === 0 ? [] : [`SCP-ECG ${info.scp.join(', ')}.`]),
          ...(info.snomed.length === 0 ? [] : [`SNOMED CT ${info.snomed.join(', ')}.`]),
          `WFDB rhythm ${info.rhythm}.`,
        ];
  return [`Class ${name}.`, ...codes].join(' ');
}

function realText({ windows, patients }: RealWindows): string {
  return windows === 0
    ? 'The data sets have no record with this label.'
    : `The data sets have ${plural(windows, 'window')} of ${plural(patients, 'patient')} with this label.`;
}

/** Returns the table of the measures, and a sentence about the types of the beats. */
function measured({ presets }: GalleryClass, title: string): Markup[] {
  const columns = presets.flatMap(({ preset, made, expected }) => [
    { head: preset, values: made.intervals },
    ...(Object.keys(expected).length === 0 ? [] : [{ head: 'expected', values: expected }]),
  ]);
  const rows = measures
    .filter((measure) => presets.some(({ made }) => made.intervals[measure] !== undefined))
    .map((measure) => [
      measureWords[measure].title,
      ...columns.map(({ values: { [measure]: value } }) => (value ? rangeText(measure, value) : '–')),
    ]);
  const beats = presets.map(({ preset, made }) => {
    const shares = made.beats.map(({ type, share, records }) => {
      return `${type} ${(100 * share).toFixed(share < 0.1 ? 1 : 0)} % (${records})`;
    });
    return `${preset} ${shares.join(', ')}`;
  });
  return [
    table(['Measure', ...columns.map(({ head }) => head)], rows, {
      title: `${title}: median and range over ${counts.measured} records`,
    }),
    words(`Beats by type, with the number of records that have them: ${beats.join('; ')}.`, 'note'),
  ];
}
