// The shipped classes: their names, titles and the words by which data sets state them. The numbers of the simulator are
// elsewhere, in one file per class (`src/synth/classes/`).
// Sources: SCP-ECG codes as in scp_statements.csv of PTB-XL 1.0.3; SNOMED CT codes as in dx_mapping_scored.csv and
// dx_mapping_unscored.csv of physionetchallenges/evaluation-2021; rhythm texts and beat codes as PhysioNet lists them
// (https://archive.physionet.org/physiobank/annotations.shtml; `(BI` and `(B3` are those of its ST-T databases).
// `class-words.ts` has other words for the classes.

/** What a class is called, here and in data sets. */
export interface ClassInfo {
  /** The name of the class: the label of its windows. */
  readonly name: string;
  /** The title in figures. */
  readonly title: string;
  /** SCP-ECG codes that state it, in the spelling of PTB-XL; the first is the one to write. */
  readonly scp: readonly string[];
  /** SNOMED CT codes that state it; the first is the one to write. */
  readonly snomed: readonly string[];
  /** The rhythm text of WFDB to write for its records. A class without a text of its own has that of its rhythm. */
  readonly rhythm: string;
  /** Rhythm texts and beat codes of WFDB annotations (MIT-BIH) that state it. */
  readonly wfdb?: readonly string[];
  /** Classes that every record of this class shows too: each record of ventricular bigeminy shows PVCs. */
  readonly shows?: readonly string[];
  /**
   * Codes that leave open whether a record shows the class, because they are broader or report only a criterion of it. A
   * record with one of them, and without the class, says nothing about the class.
   */
  readonly unclear?: readonly string[];
}

/** The rhythm text of sinus rhythm. */
export const sinus = '(N';

/**
 * All shipped classes with the codes that data sets have for them. The first five are those of the paper, in the order of
 * their label bytes.
 *
 * @example
 * ```js
 * import { classTable } from 'pqrst/records';
 *
 * console.log(classTable.find(({ scp }) => scp.includes('CLBBB'))?.name); // clbbb
 * ```
 */
export const classTable: readonly ClassInfo[] = [
  {
    ...{ name: 'normal', title: 'Normal sinus rhythm', rhythm: sinus },
    ...{ scp: ['NORM'], snomed: ['426783006'] },
  },
  {
    ...{ name: 'af', title: 'Atrial fibrillation (AF)', rhythm: '(AFIB' },
    // 426749004 is chronic and 314208002 rapid atrial fibrillation.
    ...{ scp: ['AFIB'], snomed: ['164889003', '426749004', '314208002'], wfdb: ['(AFIB'] },
    // 195080001 is fibrillation and flutter as one code, 282825002 paroxysmal fibrillation.
    unclear: ['195080001', '282825002'],
  },
  {
    ...{ name: 'aflt', title: 'Atrial flutter (AFLT)', rhythm: '(AFL' },
    ...{ scp: ['AFLT'], snomed: ['164890007'], wfdb: ['(AFL'], unclear: ['195080001'] },
  },
  {
    ...{ name: 'pvc', title: 'Premature ventricular contraction (PVC)', rhythm: sinus },
    // r is an R-on-T PVC; 251182009 is a pair of PVCs.
    ...{ scp: ['PVC'], snomed: ['427172004', '17338001', '164884008', '251182009'], wfdb: ['V', 'r'] },
    // Bigeminy and trigeminy of PTB-XL are of unknown origin, and the challenge took them over as ventricular ones.
    unclear: ['PRC(S)', 'BIGU', 'TRIGU', '11157007', '251180001', '164895002', '425856008', '13640000'],
  },
  {
    ...{ name: 'wpw', title: 'Wolff-Parkinson-White (WPW)', rhythm: '(PREX' },
    // 195060002 is pre-excitation without the pattern.
    ...{ scp: ['WPW'], snomed: ['74390002'], wfdb: ['(PREX'], unclear: ['195060002'] },
  },
  {
    ...{ name: 'sbrad', title: 'Sinus bradycardia', rhythm: '(SBR' },
    ...{ scp: ['SBRAD'], snomed: ['426177001'], wfdb: ['(SBR'], unclear: ['426627000'] },
  },
  {
    ...{ name: 'stach', title: 'Sinus tachycardia', rhythm: sinus },
    ...{ scp: ['STACH'], snomed: ['427084000'] },
  },
  {
    ...{ name: 'sarrh', title: 'Sinus arrhythmia', rhythm: sinus },
    ...{ scp: ['SARRH'], snomed: ['427393009'] },
  },
  {
    ...{ name: 'pac', title: 'Premature atrial contraction (PAC)', rhythm: sinus },
    // 251173003 is atrial and 251168009 supraventricular bigeminy; a is an aberrated PAC, S a supraventricular one.
    ...{ scp: ['PAC'], snomed: ['284470004', '63593006', '251173003', '251168009'] },
    ...{ wfdb: ['A', 'a', 'S', '(AB'], unclear: ['PRC(S)', 'BIGU', 'TRIGU', '251170000'] },
  },
  {
    ...{ name: 'svt', title: 'Supraventricular tachycardia (SVT)', rhythm: '(SVTA' },
    // After SVT itself: paroxysmal SVT, AV nodal re-entry, AV re-entry, atrial tachycardia.
    ...{ scp: ['SVTAC', 'PSVT'], wfdb: ['(SVTA'] },
    snomed: ['426761007', '67198005', '251166008', '233897008', '713422000'],
    unclear: ['SVARR', '426648003'],
  },
  {
    ...{ name: 'avb1', title: 'First-degree AV block', rhythm: '(BI' },
    // LPR and 164947007 are a prolonged PR interval, 233917008 is an AV block of any degree.
    ...{ scp: ['1AVB'], snomed: ['270492004'], wfdb: ['(BI'], unclear: ['LPR', '164947007', '233917008'] },
  },
  {
    ...{ name: 'avb2m1', title: 'Second-degree AV block, Mobitz I', rhythm: '(BII' },
    // 2AVB, 195042002 and (BII do not state the type, so both types have them.
    ...{ scp: ['2AVB'], snomed: ['54016002', '195042002'], wfdb: ['(BII'], unclear: ['233917008'] },
  },
  {
    ...{ name: 'avb2m2', title: 'Second-degree AV block, Mobitz II', rhythm: '(BII' },
    ...{ scp: ['2AVB'], snomed: ['426183003', '195042002'], wfdb: ['(BII'], unclear: ['233917008'] },
  },
  {
    ...{ name: 'avb3', title: 'Third-degree AV block', rhythm: '(B3' },
    ...{ scp: ['3AVB'], snomed: ['27885002'], wfdb: ['(B3'], unclear: ['233917008', '50799005'] },
  },
  {
    ...{ name: 'bigeminy', title: 'Ventricular bigeminy', rhythm: '(B', shows: ['pvc'] },
    ...{ scp: ['BIGU'], snomed: ['11157007'], wfdb: ['(B'] },
  },
  {
    ...{ name: 'trigeminy', title: 'Ventricular trigeminy', rhythm: '(T', shows: ['pvc'] },
    ...{ scp: ['TRIGU'], snomed: ['251180001'], wfdb: ['(T'] },
  },
  {
    ...{ name: 'vt', title: 'Ventricular tachycardia (VT)', rhythm: '(VT', shows: ['pvc'] },
    // 425856008 is paroxysmal VT in the words of the challenge; its records in the Ningbo set show various rhythms.
    ...{ scp: [], snomed: ['164895002'], wfdb: ['(VT'], unclear: ['425856008'] },
  },
  {
    ...{ name: 'clbbb', title: 'Complete left bundle branch block', rhythm: sinus },
    ...{ scp: ['CLBBB'], snomed: ['733534002', '164909002'], wfdb: ['L'], unclear: ['6374002'] },
  },
  {
    ...{ name: 'crbbb', title: 'Complete right bundle branch block', rhythm: sinus },
    ...{ scp: ['CRBBB'], snomed: ['713427006', '59118001'], wfdb: ['R'], unclear: ['6374002'] },
  },
  {
    ...{ name: 'irbbb', title: 'Incomplete right bundle branch block', rhythm: sinus },
    ...{ scp: ['IRBBB'], snomed: ['713426002'], unclear: ['6374002', '59118001'] },
  },
  {
    ...{ name: 'lafb', title: 'Left anterior fascicular block', rhythm: sinus },
    ...{ scp: ['LAFB'], snomed: ['445118002'] },
  },
  {
    ...{ name: 'paced', title: 'Paced rhythm', rhythm: '(P' },
    // 251266004 is a ventricular and 251268003 an atrial pacing pattern; / is a paced beat, f a fusion with one.
    ...{ scp: ['PACE'], snomed: ['10370003', '251266004', '251268003'], wfdb: ['(P', '/', 'f'] },
  },
  {
    ...{ name: 'lvh', title: 'Left ventricular hypertrophy (LVH)', rhythm: sinus },
    // VCLVH and 55827005 are the voltage criteria alone, 266249003 is a hypertrophy of either ventricle.
    ...{ scp: ['LVH'], snomed: ['164873001'], unclear: ['VCLVH', '55827005', '266249003'] },
  },
  {
    ...{ name: 'ste', title: 'ST elevation', rhythm: sinus },
    ...{ scp: ['STE_'], snomed: ['164931005'], unclear: ['NST_', '164930006', '55930002'] },
  },
  {
    ...{ name: 'std', title: 'ST depression', rhythm: sinus },
    ...{ scp: ['STD_'], snomed: ['429622005', '704997005'], unclear: ['NST_', '164930006', '55930002'] },
  },
  {
    ...{ name: 'invt', title: 'T-wave inversion', rhythm: sinus },
    ...{ scp: ['INVT'], snomed: ['59931005'], unclear: ['TAB_', 'NT_', '164934002'] },
  },
  {
    ...{ name: 'lngqt', title: 'Long QT interval', rhythm: sinus },
    ...{ scp: ['LNGQT'], snomed: ['111975006'] },
  },
  {
    ...{ name: 'lvolt', title: 'Low QRS voltage', rhythm: sinus },
    ...{ scp: ['LVOLT'], snomed: ['251146004'] },
  },
];

const byName: ReadonlyMap<string, ClassInfo> = new Map(classTable.map((one) => [one.name, one]));

/** The names of all shipped classes. */
export const classNames: readonly string[] = classTable.map(({ name }) => name);

/** Returns the entry of a shipped class; undefined for any other name. */
export function classInfo(name: string): ClassInfo | undefined {
  return byName.get(name);
}

/**
 * Returns the classes that a record of the simulator shows: the parts of a mixture (`af+pvc`) or of an episode
 * (`normal>af`), and the classes that each part shows too, each once. A user's own class shows the shipped classes that
 * its codes state.
 */
export function shownClasses(name: string, own: readonly ClassInfo[] = []): string[] {
  const parts = name.split(/[+>]/);
  return [
    ...new Set(
      parts.flatMap((part) => {
        const { scp, snomed } = own.find((one) => one.name === part) ?? { scp: [], snomed: [] };
        const stated = [...classesOfCodes(scp, 'scp'), ...classesOfCodes(snomed, 'snomed')];
        return [part, ...(classInfo(part)?.shows ?? []), ...stated];
      }),
    ),
  ];
}

/** Returns whether a record of the simulator has a code that states the class `label`, as a record of `label` has. */
export function sharesCode(name: string, label: string, own: readonly ClassInfo[] = []): boolean {
  const codesOf = (part: string) => {
    const info = own.find((one) => one.name === part) ?? classInfo(part);
    return [...(info?.scp ?? []), ...(info?.snomed ?? [])];
  };
  const known = new Set(codesOf(label));
  return name.split(/[+>]/).some((part) => codesOf(part).some((code) => known.has(code)));
}

/** Returns the classes that one of the codes states, in the order of the table. */
export function classesOfCodes(codes: Iterable<string>, system: 'scp' | 'snomed' | 'wfdb'): string[] {
  const known = new Set(codes);
  const states = (info: ClassInfo) => (info[system] ?? []).some((code) => known.has(code));
  return classTable.filter(states).map(({ name }) => name);
}
