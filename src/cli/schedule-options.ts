// The options of every command that trains: --schedule and --fine-tune-schedule.

import { Option } from 'commander';
import { schedules } from '../train/schedule.js';
import { oneOf } from './options.js';

/** Returns the options for the learning-rate schedules of the phases. */
export function scheduleOptions(): { readonly schedule: Option; readonly fineTuneSchedule: Option } {
  const option = (flag: string, which: string) =>
    new Option(`${flag} <name>`, `${which}: ${schedules.join(', ')} (default: constant)`).argParser(
      oneOf(flag, schedules),
    );
  return {
    schedule: option('--schedule', 'how the learning rate changes over the epochs'),
    fineTuneSchedule: option('--fine-tune-schedule', 'the same in the second phase of syn-real'),
  };
}
