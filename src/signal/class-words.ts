// Words by which people's tables state the shipped classes, besides the names and codes of `class-table.ts`: abbreviations of
// the SNOMED CT codes in the PhysioNet/CinC Challenges of 2020 and 2021, and usual terms. One line per class, in the form
// of `foldLabel`: in lower case, with single spaces and no hyphens. A word with two usual meanings is missing: ST is sinus
// tachycardia or a change of the ST segment. Kinds of data sets with words of their own do not use this table, because
// AF is flutter in the Chapman-Shaoxing set.

const lines = `
normal: nsr, snr, sr, n, sinus, sinus rhythm, normal sinus, normal sinus rhythm, normal ecg, normal ekg
af: a fib, atrial fibrillation, auricular fibrillation
aflt: afl, aflut, aflutter, flutter, atrial flutter
pvc: pvcs, vpb, vpc, veb, ves, premature ventricular contraction, premature ventricular contractions, premature
  ventricular complex, premature ventricular complexes, premature ventricular beat, ventricular premature beat,
  ventricular premature beats, ventricular premature complex, ventricular ectopic beat, ventricular extrasystole
wpw: wolff parkinson white, wolff parkinson white syndrome, wolff parkinson white pattern
sbrad: sb, sinus brady, sinus bradycardia
stach: sinus tach, sinus tachy, sinus tachycardia
sarrh: sinus arrhythmia
pac: pacs, apb, apc, sveb, svpb, premature atrial contraction, premature atrial contractions, premature atrial
  complex, premature atrial complexes, premature atrial beat, atrial premature beat, atrial premature beats, atrial
  premature complex, supraventricular premature beat, supraventricular extrasystole
svt: svta, supraventricular tachycardia, paroxysmal supraventricular tachycardia
avb1: iavb, i avb, 1davb, avb i, 1st degree av block, first degree av block, 1st degree atrioventricular block, first
  degree atrioventricular block
avb2m1: wenckebach, mobitz i, mobitz 1, mobitz type i, mobitz type 1
avb2m2: mobitz ii, mobitz 2, mobitz type ii, mobitz type 2
avb3: iiiavb, iii avb, 3davb, chb, complete heart block, complete av block, 3rd degree av block, third degree av
  block, third degree atrioventricular block
bigeminy: vbig, ventricular bigeminy
trigeminy: vtrig, ventricular trigeminy
vt: vtach, ventricular tachycardia
clbbb: lbbb, left bundle branch block, complete left bundle branch block
crbbb: rbbb, right bundle branch block, complete right bundle branch block
irbbb: incomplete right bundle branch block, incomplete rbbb
lafb: lanfb, lahb, left anterior fascicular block, left anterior hemiblock
paced: paced rhythm, pacemaker, pacemaker rhythm, pacing rhythm
lvh: left ventricular hypertrophy
ste: st elevation
std: st depression
invt: tinv, t wave inversion, inverted t wave, inverted t waves
lngqt: lqt, long qt, long qt interval, prolonged qt, prolonged qt interval
lvolt: lqrsv, low voltage, low qrs voltage, low qrs voltages
`;

/** The words of each class. */
export const classWords: ReadonlyMap<string, readonly string[]> = new Map(
  Array.from(lines.matchAll(/^(\w+):([^:]*)$/gm), ([, name, words]) => [
    name!,
    words!.split(',').map((word) => word.replace(/\s+/g, ' ').trim()),
  ]),
);
