// The SCP-ECG statements of synthetic records in the layout of PTB-XL: the codes of a record, and the rows of
// scp_statements.csv that describe them.
// Source: Wagner et al., Scientific Data 7:154, 2020, release 1.0.3.

import { neutralText } from '../../../codecs/csv.js';
import { type ClassInfo, classInfo, shownClasses } from '../../../signal/class-table.js';
import type { EcgClass } from '../../../signal/classes.js';
import { rhythmOf } from '../../../signal/classes.js';

/** The header of the published table. */
const head =
  ',description,diagnostic,form,rhythm,diagnostic_class,diagnostic_subclass,Statement Category,SCP-ECG Statement Description,AHA code,aECG REFID,CDISC Code,DICOM Code';

/** The published rows of the statements of the paper's classes. Every corpus has them. */
const paperRows = [
  'NORM,normal ECG,1.0,,,NORM,NORM,Normal/abnormal,normal ECG,1,,,F-000B7',
  'WPW,Wolf-Parkinson-White syndrome,1.0,,,CD,WPW,Intraventricular and intra-atrial Conduction disturbances,Wolff-Parkinson-White syndrome,,MDC_ECG_RHY_WPW_UNK,C35132,',
  'PVC,ventricular premature complex,,1.0,,,,Statements related to ectopic rhythm abnormalities,ventricular premature complex (beat),60,MDC_ECG_BEAT_V_P_C,,',
  'SR,sinus rhythm,,,1.0,,,Statements related to impulse formation (abnormalities),sinus rhythm,20,MDC_ECG_RHY_SINUS_RHY,,',
  'AFIB,atrial fibrillation,,,1.0,,,Statements related to impulse formation (abnormalities),atrial fibrillation,50,MDC_ECG_RHY_ATR_FIB,,D3-31520',
  'AFLT,atrial flutter,,,1.0,,,Statements related to impulse formation (abnormalities),atrial flutter,51,MDC_ECG_RHY_ATR_FLUT,,',
];

/** The published rows of the statements of the other shipped classes. A corpus has those of its classes. */
const otherRows = [
  'SBRAD,sinus bradycardia,,,1.0,,,Statements related to impulse formation (abnormalities),sinus bradycardia,22,MDC_ECG_RHY_SINUS_BRADY,,',
  'STACH,sinus tachycardia,,,1.0,,,Statements related to impulse formation (abnormalities),sinus tachycardia,21,MDC_ECG_RHY_SINUS_TACHY,,',
  'SARRH,sinus arrhythmia,,,1.0,,,Statements related to impulse formation (abnormalities),sinus arrhythmia,23,MDC_ECG_RHY_SINUS_ARRHY,,',
  'PAC,atrial premature complex,,1.0,,,,Statements related to ectopic rhythm abnormalities,atrial premature complex (beat),30,MDC_ECG_BEAT_ATR_P_C,,',
  'SVTAC,supraventricular tachycardia,,,1.0,,,Statements related to impulse formation (abnormalities),supraventricular tachycardia,55,MDC_ECG_RHY_SV_TACHY,,D3-31290',
  '1AVB,first degree AV block,1.0,,,CD,_AVB,"Sinus node dysfunction, atrial and AV-conduction defects",first degree AV block,,MDC_ECG_RHY_AV_HEART_BLK_DEG_1,C111088,',
  '2AVB,second degree AV block,1.0,,,CD,_AVB,"Sinus node dysfunction, atrial and AV-conduction defects",second degree AV block,,MDC_ECG_RHY_AV_HEART_BLK_DEG_2,C62016,R-F81AE',
  '3AVB,third degree AV block,1.0,,,CD,_AVB,"Sinus node dysfunction, atrial and AV-conduction defects",third degree AV block,88,MDC_ECG_RHY_AV_HEART_BLK_DEG_3,C111091,D3-32102',
  'BIGU,"bigeminal pattern (unknown origin, SV or Ventricular)",,,1.0,,,Statements related to ectopic rhythm abnormalities,"bigeminal pattern (unknown origin, SV or Ventricular)",,,,',
  'TRIGU,"trigeminal pattern (unknown origin, SV or Ventricular)",,,1.0,,,Statements related to ectopic rhythm abnormalities,"trigeminal pattern (unknown origin, SV or Ventricular)",,,,',
  'CLBBB,complete left bundle branch block,1.0,,,CD,CLBBB,Intraventricular and intra-atrial Conduction disturbances,(complete) left bundle branch block,104,MDC_ECG_BEAT_LBB_BLK_COMP,C62269,D3-33120 or 122752',
  'CRBBB,complete right bundle branch block,1.0,,,CD,CRBBB,Intraventricular and intra-atrial Conduction disturbances,(complete) right bundle branch block,106,MDC_ECG_BEAT_RBB_BLK_COMP,C62270,D3-33110',
  'IRBBB,incomplete right bundle branch block,1.0,,,CD,IRBBB,Intraventricular and intra-atrial Conduction disturbances,incomplete right bundle branch block,105,MDC_ECG_BEAT_RBB_BLK_INCOMP,C71048,D3-33112',
  'LAFB,left anterior fascicular block,1.0,,,CD,LAFB/LPFB,Intraventricular and intra-atrial Conduction disturbances,left anterior fascicular block,101,MDC_ECG_BEAT_BLK_ANT_L_HEMI,C62267,D3-33140',
  'PACE,normal functioning artificial pacemaker,,,1.0,,,Pacemaker types and pacemaker function,normal functioning artificial pacemaker,,,,',
  'LVH,left ventricular hypertrophy,1.0,,,HYP,LVH,Ventricular Hypertrophy,left ventricular hypertrophy,142,,C71076,',
  'STE_,non-specific ST elevation,,1.0,,,,Basic roots for coding ST-T changes and abnormalities,non-specific ST elevation,501,MDC_ECG_RHY_STELVATION,,F-38277',
  'STD_,non-specific ST depression,,1.0,,,,Basic roots for coding ST-T changes and abnormalities,non-specific ST depression,502,,,F-38278',
  'INVT,inverted T-waves,,1.0,,,,other ST-T descriptive statements,inverted T-waves,367,,,',
  'LNGQT,long QT-interval,1.0,1.0,,STTC,STTC,other ST-T descriptive statements,long QT-interval,148,,,',
  'LVOLT,low QRS voltages in the frontal and horizontal leads,,1.0,,,,Other QRS morphology descriptive statements,low QRS voltages in the frontal and horizontal leads,,,,',
];

const codeOf = (row: string) => row.slice(0, row.indexOf(','));
/** Codes of rhythms. Their rows have 1.0 as the fourth value only. */
const rhythmCodes = new Set(
  [...paperRows, ...otherRows].filter((row) => row.includes(',,,1.0,,,')).map(codeOf),
);

/**
 * Returns the cell `scp_codes` of a record, as PTB-XL writes it: rhythm statements have no likelihood (0.0), and a record
 * without another rhythm statement is in sinus rhythm.
 *
 * @param own - the user's own classes.
 * @throws PqrstError ERR_UNKNOWN_CLASS: when a part of the class is neither a shipped class nor an own one.
 */
export function scpCodesOf(ecgClass: EcgClass, own: readonly ClassInfo[] = []): string {
  const rhythm = rhythmOf(ecgClass, own);
  const codes = codesOf(ecgClass, own);
  if (!codes.some((code) => rhythmCodes.has(code)) && rhythm !== '(VT') codes.push('SR');
  const likelihoods = codes.map((code) => `'${code}': ${rhythmCodes.has(code) ? '0.0' : '100.0'}`);
  return `{${likelihoods.join(', ')}}`;
}

/** Returns the lines of scp_statements.csv for records of these classes. */
export function statementLines(classes: readonly EcgClass[], own: readonly ClassInfo[] = []): string[] {
  const used = new Set(classes.flatMap((name) => codesOf(name, own)));
  const known = new Set([...paperRows, ...otherRows].map(codeOf));
  const ownRows = own.flatMap(({ scp, title }) =>
    scp
      .slice(0, 1)
      .flatMap((code) =>
        known.has(code) ? [] : [`${code},"${neutralText(title).replaceAll('"', '""')}",1.0${','.repeat(10)}`],
      ),
  );
  const others = [...otherRows, ...ownRows].filter((row) => used.has(codeOf(row)));
  return [head, ...paperRows, ...new Set(others)];
}

/** Returns the codes of the classes that a record shows; ventricular tachycardia does not have one. */
function codesOf(ecgClass: EcgClass, own: readonly ClassInfo[]): string[] {
  const infoOf = (name: string) => own.find((one) => one.name === name) ?? classInfo(name);
  return [...new Set(shownClasses(ecgClass, own).flatMap((name) => infoOf(name)?.scp.slice(0, 1) ?? []))];
}
