// The text form of a task, and the label of a window in a task.

import { describe, expect, it } from 'vitest';
import { labelOf, outputsOf, parseLabelTask, simulatedClasses } from '#lib/signal/tasks.js';

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
  ])('refuses "%s"', (name, code) => expect(codeOf(name)).toBe(code));
});

describe('a task', () => {
  it('needs one logit for two labels, and one logit per label for more', () => {
    expect(outputsOf(parseLabelTask('LVH:NORM'))).toEqual({ kind: 'binary' });
    expect(outputsOf(parseLabelTask('a+b+c+d'))).toEqual({ kind: 'multiclass', count: 4 });
  });

  it('states whether the simulator can make its labels', () => {
    expect(simulatedClasses(parseLabelTask('aflt:af'))).toEqual(['af', 'aflt']);
    expect(simulatedClasses(parseLabelTask('LVH:normal'))).toBeUndefined();
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
});
