/** The outcome of a notification on trial, in words (N4). */
import type { NotificationObstacle } from '$lib/bindings/NotificationObstacle';
import type { NotificationTrial } from '$lib/bindings/NotificationTrial';
import { m } from '$lib/paraglide/messages';

import { moment } from './format';

export function outcomeOf(trial: NotificationTrial): string {
  const sounded = trial.sound === 'played';
  if (trial.sent) return sounded ? m.trial_sent() : m.trial_sent_silently();
  return sounded ? m.trial_not_sent() : m.trial_not_sent_silently();
}

/** An obstacle, and what to do about it. */
export function obstacleSentence(obstacle: NotificationObstacle, trial: NotificationTrial): string {
  switch (obstacle.obstacle) {
    case 'no_server':
      return m.trial_no_server();
    case 'not_sent':
      return trial.system === 'macos' ? m.trial_not_sent_macos() : m.trial_not_sent_windows();
    case 'system_policy':
      return m.trial_system_policy();
    case 'turned_off':
      return m.trial_turned_off();
    case 'turned_off_for_overleg':
      return m.trial_turned_off_for_overleg();
    case 'focus':
      return m.trial_focus();
    case 'quiet_hours':
      return obstacle.until === null
        ? m.trial_quiet_hours()
        : m.trial_quiet_hours_until({ until: moment(obstacle.until) });
    case 'outside_work':
      return obstacle.until === null
        ? m.trial_outside_work()
        : m.trial_outside_work_until({ until: moment(obstacle.until) });
    case 'silent':
      return obstacle.forced ? m.trial_silent_forced() : m.trial_silent();
    case 'no_sound_device':
      return m.trial_no_sound_device();
    case 'no_content':
      return m.trial_no_content();
  }
}

/** Obstacles by which the trial itself is not shown. */
const HIDING: NotificationObstacle['obstacle'][] = [
  'no_server',
  'not_sent',
  'system_policy',
  'turned_off',
  'turned_off_for_overleg',
  'focus',
];

/** Where to look if the trial was not seen although nothing is known that hides it; `null` if something is. */
export function helpFor(trial: NotificationTrial): string | null {
  if (trial.obstacles.some(({ obstacle }) => HIDING.includes(obstacle))) return null;
  switch (trial.system) {
    case 'linux':
      return trial.knows_focus ? m.trial_help_linux() : m.trial_help_linux_focus();
    case 'windows':
      return m.trial_help_windows();
    case 'macos':
      return m.trial_help_macos();
  }
}
