// The sources of the numbers. Books and guidelines that commonly give such a range are cited without a page.

/** The prototype of this model, whose networks ranked real records well; translated to vectors in the body. */
export const pilot = 'Pilot';
/** Chosen by eye, as no source states it. */
export const open = 'OPEN';
export const chou = "Surawicz and Knilans, Chou's Electrocardiography";
export const macfarlane = 'Macfarlane and Lawrie, Comprehensive Electrocardiology';
export const recommendations = 'AHA/ACCF/HRS recommendations, 2009';
export const hrv = 'Task Force on heart rate variability, 1996';
export const issa = 'Issa et al., Clinical Arrhythmology and Electrophysiology';
export const stridh = 'Stridh and Soernmo, IEEE TBME, 2001';
export const saoudi = 'Saoudi et al., Eur Heart J, 2001';
export const dower = 'Dower et al., J Electrocardiol, 1980';
export const wilson = 'Wilson et al., the ventricular gradient, Am Heart J, 1934';
export const cse = 'CSE working party, Eur Heart J, 1985';
