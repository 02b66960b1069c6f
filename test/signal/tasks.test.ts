// The text form of a task, and the label of a window in a task.

import { describe, expect, it } from 'vitest';
import { classNames } from '#lib/signal/class-table.js';
import { ecgClasses } from '#lib/signal/classes.js';
import {
  labelOf,
  outputsOf,
  parseLabelTask,
  simulatedClasses,
  turnsOf,
  unsimulatedLabels,
} from '#lib/signal/tasks.js';

const codeOf = (name: string) => {
  try {
    return parseLabelTask(name).labels;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('parseLabelTask', () => {
  it('puts the negative label of a binary task first, and keeps the order of several labels', () => {
    expect(codeOf('af')).toEqual(['normal', 'af']);
    expect(codeOf('LVH:NORM')).toEqual(['NORM', 'LVH']);
    expect(codeOf(' aflt : af ')).toEqual(['af', 'aflt']);
    expect(codeOf('normal+af+aflt')).toEqual(['normal', 'af', 'aflt']);
    expect(parseLabelTask('aflt:af').name).toBe('aflt:af');
  });

  it('sets every shipped class against normal, and any label against the rest', () => {
    expect(codeOf('clbbb')).toEqual(['normal', 'clbbb']);
    expect(codeOf('af:rest')).toEqual(['rest', 'af']);
    expect(codeOf('LVH : rest')).toEqual(['rest', 'LVH']);
    expect(parseLabelTask('af:rest').name).toBe('af:rest');
  });

  it('explains how to write a mixture or a label named rest', () => {
    expect(() => parseLabelTask('af+pvc:rest')).toThrow(
      /has both "\+" and ":"; write one label on each side/,
    );
    expect(() => parseLabelTask('rest:af')).toThrow(/"rest" in the task "rest:af" means all other records/);
  });

  it.each([
    ['afl', 'ERR_UNKNOWN_CLASS'],
    ['normal', 'ERR_UNKNOWN_CLASS'],
    ['', 'ERR_UNKNOWN_CLASS'],
    ['af:', 'ERR_OPTION'],
    ['af:af', 'ERR_OPTION'],
    ['a:b:c', 'ERR_OPTION'],
    ['af+normal', 'ERR_OPTION'],
    ['af+normal+af', 'ERR_OPTION'],
    ['a,b:c', 'ERR_OPTION'],
    ['af+pvc', 'ERR_OPTION'],
    ['af+pvc:rest', 'ERR_OPTION'],
    ['rest:af', 'ERR_OPTION'],
    ['rest:rest', 'ERR_OPTION'],
    ['normal+af+rest', 'ERR_OPTION'],
    ['rest', 'ERR_UNKNOWN_CLASS'],
  ])('refuses "%s"', (name, code) => expect(codeOf(name)).toBe(code));
});

describe('a task', () => {
  it('needs one logit for two labels, and one logit per label for more', () => {
    expect(outputsOf(parseLabelTask('LVH:NORM'))).toEqual({ kind: 'binary' });
    expect(outputsOf(parseLabelTask('a+b+c+d'))).toEqual({ kind: 'multiclass', count: 4 });
  });

  it('states whether the simulator can make its labels', () => {
    expect(simulatedClasses(parseLabelTask('aflt:af'), ecgClasses)).toEqual([['af'], ['aflt']]);
    expect(simulatedClasses(parseLabelTask('LVH:normal'), ecgClasses)).toBeUndefined();
    expect(simulatedClasses(parseLabelTask('clbbb'), ecgClasses)).toBeUndefined();
    expect(simulatedClasses(parseLabelTask('clbbb'), classNames)).toEqual([['normal'], ['clbbb']]);
    expect(simulatedClasses(parseLabelTask('my-own:rest'), classNames)).toBeUndefined();
    expect(simulatedClasses(parseLabelTask('AF:SR'), ecgClasses)).toEqual([['normal'], ['af']]);
    expect(simulatedClasses(parseLabelTask('afib:rest'), ecgClasses)).toEqual(
      simulatedClasses(parseLabelTask('af:rest'), ecgClasses),
    );
    const map = { X: 'pvc', SR: 'SR' };
    expect(simulatedClasses(parseLabelTask('X:normal'), ecgClasses, [], map)).toEqual([['normal'], ['pvc']]);
    expect(simulatedClasses(parseLabelTask('AF:SR'), ecgClasses, [], map)).toBeUndefined();
    expect(simulatedClasses(parseLabelTask('AF:AFIB'), ecgClasses)).toBeUndefined();
    expect(simulatedClasses(parseLabelTask('my-own:rest'), ['af', 'my-own'])).toEqual([['af'], ['my-own']]);
    expect(simulatedClasses(parseLabelTask('af:rest'), ['af'])).toBeUndefined();
  });

  it('takes all other offered classes as the rest, without those that show the label', () => {
    const of = (task: string, offered: readonly string[]) => simulatedClasses(parseLabelTask(task), offered);
    expect(of('af:rest', ecgClasses)).toEqual([['normal', 'aflt', 'pvc', 'wpw'], ['af']]);
    const mixed = ['normal', 'af', 'pvc', 'bigeminy', 'af+pvc', 'normal>af', 'aflt+clbbb'];
    expect(of('af:rest', mixed)).toEqual([
      ['normal', 'pvc', 'bigeminy', 'aflt+clbbb'],
      ['af', 'af+pvc', 'af', 'normal>af'],
    ]);
    expect(of('pvc:rest', mixed)).toEqual([
      ['normal', 'af', 'normal>af', 'aflt+clbbb'],
      ['pvc', 'bigeminy', 'pvc', 'af+pvc'],
    ]);
    expect(of('normal:rest', mixed)).toEqual([['af', 'pvc', 'bigeminy', 'af+pvc', 'aflt+clbbb'], ['normal']]);
    expect(of('lvh:rest', classNames)![0]).toHaveLength(27);
  });

  it('lets the outputs take turns, and the classes of each output within them', () => {
    expect(turnsOf([['normal'], ['af']])).toEqual(['normal', 'af']);
    expect(turnsOf([['normal', 'aflt'], ['af']])).toEqual(['normal', 'af', 'aflt', 'af']);
    const turns = turnsOf([
      ['a', 'b', 'c', 'd'],
      ['x', 'y', 'z', 'y', 'z', 'y'],
    ]);
    expect(turns).toHaveLength(24);
    expect(turns.filter((_, at) => at % 2 === 0).join('')).toBe('abcdabcdabcd');
    expect(turns.filter((_, at) => at % 2 === 1).join('')).toBe('xyzyzyxyzyzy');
  });

  it('finds the label of a window: another label overrides the first, and two others give no label', () => {
    const task = parseLabelTask('NORM+af+LVH');
    const of = (classes: ('normal' | 'af' | 'pvc')[], labels?: string[]) =>
      labelOf(task, { classes, ...(labels && { labels }) });
    expect(of([], ['NORM'])).toBe(0);
    expect(of(['af'], ['NORM'])).toBe(1);
    expect(of(['normal'], ['LVH', 'SR'])).toBe(2);
    expect(of(['af'], ['LVH'])).toBeUndefined();
    expect(of(['pvc', 'normal'])).toBeUndefined();
  });

  it('takes every labelled window without the label as the rest', () => {
    const of = (task: string, classes: string[], labels?: string[]) =>
      labelOf(parseLabelTask(task), { classes, ...(labels && { labels }) });
    expect([of('af:rest', ['af', 'pvc']), of('pvc:rest', ['af', 'pvc'])]).toEqual([1, 1]);
    expect([of('af:rest', ['normal']), of('af:rest', [], ['O'])]).toEqual([0, 0]);
    expect([of('LVH:rest', ['lvh'], ['LVH']), of('LVH:rest', ['af'], ['AFIB'])]).toEqual([1, 0]);
    // A window without any label says nothing.
    expect([of('af:rest', []), of('af:rest', [], [])]).toEqual([undefined, undefined]);
  });

  it('leaves out windows whose codes leave open whether they show the label', () => {
    const of = (task: string, classes: string[], labels: string[]) =>
      labelOf(parseLabelTask(task), { classes, labels });
    expect(of('af:rest', [], ['195080001', 'AFAFL'])).toBeUndefined();
    expect(of('avb1:rest', ['normal'], ['NORM', 'LPR'])).toBeUndefined();
    expect(of('avb1:rest', ['avb1'], ['1AVB', 'LPR'])).toBe(1);
    expect(of('pvc:rest', ['bigeminy'], ['BIGU'])).toBeUndefined();
    // The codes of a long recording hold for the recording as a whole, and its windows have no class.
    expect(of('pvc:rest', [], ['426783006', '427172004'])).toBeUndefined();
    expect(of('af:rest', [], ['426783006', '427172004'])).toBe(0);
    expect(of('normal:rest', ['pvc'], ['426783006', '427172004'])).toBe(0);
  });
});

describe('own classes in a task', () => {
  const own = [
    { name: 'slow-af', title: 'Slow AF', scp: ['AFIB'], snomed: [], rhythm: '(AFIB' },
    { name: 'odd', title: 'Odd', scp: ['XYZ'], snomed: [], rhythm: '(N' },
  ];
  const offered = ['normal', 'af', 'aflt', 'avb2m1', 'avb2m2', 'slow-af', 'odd'];
  const outputsOfTask = (name: string) => simulatedClasses(parseLabelTask(name), offered, own);

  it('are examples of the shipped classes whose codes they have', () => {
    expect(outputsOfTask('af:rest')).toEqual([
      ['normal', 'aflt', 'avb2m1', 'avb2m2', 'odd'],
      ['af', 'slow-af'],
    ]);
  });

  it('are labels, and no class that shares a code is a negative', () => {
    expect(outputsOfTask('slow-af:rest')).toEqual([
      ['normal', 'aflt', 'avb2m1', 'avb2m2', 'odd'],
      ['slow-af'],
    ]);
    expect(outputsOfTask('odd:normal')).toEqual([['normal'], ['odd']]);
    expect(outputsOfTask('avb2m1:rest')![0]).not.toContain('avb2m2');
  });
});

describe('unsimulatedLabels', () => {
  it('names the labels that the simulator lacks, else those that mean one class', () => {
    expect(unsimulatedLabels(parseLabelTask('JUNC:SR'), ecgClasses)).toEqual(['JUNC']);
    expect(unsimulatedLabels(parseLabelTask('JUNC:rest'), ecgClasses)).toEqual(['JUNC']);
    expect(unsimulatedLabels(parseLabelTask('AF:AFIB'), ecgClasses)).toEqual(['AFIB', 'AF']);
    expect(unsimulatedLabels(parseLabelTask('af:rest'), ['af'])).toEqual(['rest', 'af']);
    expect(unsimulatedLabels(parseLabelTask('AF:SR'), ecgClasses, { SR: 'SR' })).toEqual(['SR']);
  });
});
