// Lists of leads, the comparison of their names, and the choice of leads in a record.

import { describe, expect, it } from 'vitest';
import { canonicalLead, chooseLeads, parseLeads, sameLeads, spellLead } from '#lib/signal/leads.js';
import { describeWindows, displayNames } from '#lib/signal/window.js';
import { errorOf } from '../helpers/folder.js';
import { windowOf } from '../helpers/windows.js';

describe('parseLeads', () => {
  it('accepts one lead, a list, and 12 for the standard twelve leads', () => {
    expect(parseLeads('II')).toEqual(['II']);
    expect(parseLeads('i, AVR,v1')).toEqual(['I', 'aVR', 'V1']);
    expect(parseLeads(['mlii', 'ECG'])).toEqual(['II', 'ECG']);
    expect(parseLeads('12').join()).toBe('I,II,III,aVR,aVL,aVF,V1,V2,V3,V4,V5,V6');
  });

  it('refuses a repeated lead in any spelling, and an empty name', async () => {
    for (const twice of ['II,II', 'II,mlii', 'avr,aVR', 'ecg,ECG']) {
      expect(await errorOf(() => parseLeads(twice))).toMatch(/^ERR_OPTION: .*twice; write each lead once/);
    }
    for (const empty of ['', 'I,', ',II']) {
      expect(await errorOf(() => parseLeads(empty))).toMatch(/^ERR_OPTION: .*an empty name/);
    }
    expect(await errorOf(() => parseLeads([]))).toMatch(/^ERR_OPTION/);
  });
});

describe('the comparison of lead names', () => {
  it('ignores upper and lower case, and treats MLII as II', () => {
    expect([spellLead('avf'), spellLead('MLII'), spellLead('vx')]).toEqual(['aVF', 'MLII', 'vx']);
    expect([canonicalLead('mlii'), canonicalLead('v6')]).toEqual(['II', 'V6']);
    expect(sameLeads(['MLII', 'v1'], ['II', 'V1'])).toBe(true);
    expect(sameLeads(['II', 'V1'], ['V1', 'II'])).toBe(false);
    expect(sameLeads(['II'], ['II', 'V1'])).toBe(false);
  });
});

describe('the names of leads', () => {
  it.each([
    [
      'II',
      [
        'ii',
        ' Lead II',
        'LEAD II',
        'lead_ii',
        'LeadII',
        'ECG II',
        'ecg_ii',
        'ECG Lead II',
        'EKG II',
        'DII',
        'D II',
      ],
    ],
    [
      'II',
      ['D2', 'II+', 'II (mV)', 'II [uV]', 'ECG II (µV)', 'MDC_ECG_LEAD_II', 'MDC_ECG_ELEC_POTL_II', 'II ECG'],
    ],
    [
      'II',
      [
        '5.6.3-9-2',
        '131074',
        'Einthoven II',
        'Ableitung II',
        'Derivación II',
        '导联II',
        'Ⅱ',
        'ECG:II',
        'ECG-II',
        'SCP-ECG II',
      ],
    ],
    ['I', ['DI', 'Lead I', '5.6.3-9-1', 'Ⅰ']],
    ['III', ['DIII', 'lead iii', '5.6.3-9-61', '131133']],
    [
      'aVR',
      [
        'AVR',
        'avr',
        'aV R',
        'Lead aVR',
        'MDC_ECG_LEAD_AVR',
        'MDC_ECG_LEAD_aVR',
        '5.6.3-9-62',
        'Goldberger aVR',
      ],
    ],
    ['aVF', ['AVF.', 'ECG aVF', '131136']],
    ['V1', ['v1', 'V 1', 'V-1', 'V_1', 'Lead V1', 'ECG_V1', 'Wilson V1', '5.6.3-9-3']],
    ['MLII', ['mlii', 'ML II', 'ECG MLII', 'ML2']],
  ])('%s is known as %j', (lead, names) => {
    expect(names.map(spellLead)).toEqual(names.map(() => lead));
  });

  it('does not confuse a name with another lead', () => {
    const names = [
      ...[
        'Lead 1',
        'Lead 2',
        'ECG 2',
        'ECG2',
        'ECG',
        'lead',
        '2',
        'I-II',
        'I II',
        'II-V5',
        '-aVR',
        'Lead -aVR',
      ],
      ...['C3', 'V7', 'V3R', 'VR', 'MV2', 'signal 1', 'Resp II x', '5.6.3-9-9', '131072', 'aVR-', 'ABP', ''],
    ];
    expect(names.map(spellLead)).toEqual(names);
  });
});

describe('chooseLeads', () => {
  const rule = { prefer: ['II'] };

  it('returns the requested leads in their order, and never replaces a missing lead', () => {
    const names = ['i', 'ii', 'MLII', 'avr'];
    expect(chooseLeads(names, rule, ['aVR', 'I'])).toEqual([3, 0]);
    expect(chooseLeads(names, rule, ['II'])).toEqual([1]);
    expect(chooseLeads(['V5', 'MLII'], rule, ['II'])).toEqual([1]);
    expect(chooseLeads(['V5', 'ECG'], { ...rule, orFirst: true }, ['II', 'V5', 'V6'])).toBe(
      'no lead II, V6; it has V5, ECG',
    );
  });

  it('follows the rule of the kind if no lead is requested', () => {
    expect(chooseLeads(['V1', 'ii'], rule)).toEqual([1]);
    expect(chooseLeads(['V1', 'MLII'], rule)).toBe('no lead II; it has V1, MLII');
    expect(chooseLeads(['V1', 'V2'], { ...rule, orFirst: true })).toEqual([0]);
    expect(chooseLeads(['Lead I', 'Lead II'], rule)).toEqual([1]);
    expect(chooseLeads(['Lead II', 'II'], rule)).toEqual([1]);
  });

  it('takes the only lead of a record, but no other lead in place of II', () => {
    const only = { prefer: ['II', 'MLII'], orOnly: true };
    expect(chooseLeads(['ECG'], only)).toEqual([0]);
    expect(chooseLeads(['V1', 'ML II'], only)).toEqual([1]);
    expect(chooseLeads(['ECG1', 'ECG2'], only)).toBe(
      'no lead II or MLII; it has ECG1, ECG2; choose one of them with the option leads',
    );
  });
});

describe('the description of windows', () => {
  const signal = Float32Array.of(0, 1, 2, 3);

  it('names the data set of a record only if it has a name', () => {
    const one = { signal, record: 'x:1', patient: 'p' };
    expect(displayNames(windowOf(one))).toEqual({ recordName: 'x:1', patientId: 'p' });
    expect(displayNames(windowOf({ ...one, dataset: 'ludb2' }))).toEqual({
      recordName: 'ludb2:x:1',
      patientId: 'ludb2:p',
    });
  });

  it('states the leads by position, and the unit mixed if units differ', () => {
    const [a, b] = [
      ['I', 'MLII'],
      ['I', 'II'],
    ].map((leads) => windowOf({ signal, leads }));
    expect(describeWindows([a!, b!, a!])).toEqual({ unit: 'mV', leads: ['I', 'II'] });
    const [one, other] = ['MLII', 'II'].map((lead) => windowOf({ signal, leads: [lead] }));
    expect(describeWindows([one!, other!]).leads).toEqual(['MLII/II']);
    expect(describeWindows([a!, { ...b!, unit: 'sd' }]).unit).toBe('mixed');
  });
});
