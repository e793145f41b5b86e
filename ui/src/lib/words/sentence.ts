/** A sentence for everything that can be refused, fail, happen or be waited for. A kind without one does not compile. */
import type { ApiError } from '$lib/bindings/ApiError';
import type { AvailabilityInvalid } from '$lib/bindings/AvailabilityInvalid';
import type { EndReason } from '$lib/bindings/EndReason';
import type { ErrorCode } from '$lib/bindings/ErrorCode';
import type { LineView } from '$lib/bindings/LineView';
import type { Mentioned } from '$lib/bindings/Mentioned';
import type { MessageState } from '$lib/bindings/MessageState';
import type { MessageView } from '$lib/bindings/MessageView';
import type { Obstacle } from '$lib/bindings/Obstacle';
import type { Refusal } from '$lib/bindings/Refusal';
import type { SessionEnd } from '$lib/bindings/SessionEnd';
import type { SettingFault } from '$lib/bindings/SettingFault';
import { m } from '$lib/paraglide/messages';

import { isolate } from './isolate';
import { atMoment, list, listUpTo, onMoment } from './format';
import type { TitledLink } from './links';

type Sentences<K extends string> = { [key in K]: () => string };

const REFUSALS: Sentences<Refusal> = {
  no_such_conversation: m.refusal_no_such_conversation,
  no_such_message: m.refusal_no_such_message,
  not_your_membership: m.refusal_not_your_membership,
  conversation_exists: m.refusal_conversation_exists,
  text_empty: m.refusal_text_empty,
  text_too_long: m.refusal_text_too_long,
  text_has_control_characters: m.refusal_text_has_control_characters,
  text_mentions_broken: m.refusal_text_mentions_broken,
  too_many_attachments: m.refusal_too_many_attachments,
  attachment_too_large: m.refusal_attachment_too_large,
  attachment_name_unfit: m.refusal_attachment_name_unfit,
  attachment_not_there: m.refusal_attachment_not_there,
  attachment_refused: m.refusal_attachment_refused,
  subject_missing: m.refusal_subject_missing,
  subject_too_long: m.refusal_subject_too_long,
  urgency_reason_missing: m.refusal_urgency_reason_missing,
  urgency_reason_too_long: m.refusal_urgency_reason_too_long,
  urgency_reason_has_control_characters: m.refusal_urgency_reason_has_control_characters,
  too_many_urgent: m.refusal_too_many_urgent,
  not_urgent: m.refusal_not_urgent,
  subject_has_control_characters: m.refusal_subject_has_control_characters,
  nobody_chosen: m.refusal_nobody_chosen,
  too_many_chosen: m.refusal_too_many_chosen,
  too_many_participants: m.refusal_too_many_participants,
  chosen_twice: m.refusal_chosen_twice,
  exactly_one_partner: m.refusal_exactly_one_partner,
  not_findable: m.refusal_not_findable,
  partner_ended: m.refusal_partner_ended,
  already_takes_part: m.refusal_already_takes_part,
  you_take_part: m.refusal_you_take_part,
  team_not_findable: m.refusal_team_not_findable,
  team_already_takes_part: m.refusal_team_already_takes_part,
  team_takes_no_part: m.refusal_team_takes_no_part,
  not_a_participant: m.refusal_not_a_participant,
  cannot_remove_yourself: m.refusal_cannot_remove_yourself,
  already_the_owner: m.refusal_already_the_owner,
  successor_leaves: m.refusal_successor_leaves,
  direct_stays_direct: m.refusal_direct_stays_direct,
  not_in_a_direct_conversation: m.refusal_not_in_a_direct_conversation,
  only_the_owner: m.refusal_only_the_owner,
  only_who_archived: m.refusal_only_who_archived,
  only_own_organisation: m.refusal_only_own_organisation,
  needs_handle: m.refusal_needs_handle,
  needs_analyse: m.refusal_needs_analyse,
  item_conversations_are_kept: m.refusal_item_conversations_are_kept,
  not_your_message: m.refusal_not_your_message,
  edited_too_late: m.refusal_edited_too_late,
  message_deleted: m.refusal_message_deleted,
  conversation_archived: m.refusal_conversation_archived,
  not_archived: m.refusal_not_archived,
  preview_outdated: m.refusal_preview_outdated,
  nothing_to_share: m.refusal_nothing_to_share,
  mention_not_allowed: m.refusal_mention_not_allowed,
  edit_names_newcomer: m.refusal_edit_names_newcomer,
  take_part_first: m.refusal_take_part_first,
  ask_to_be_added: m.refusal_ask_to_be_added,
  conflict: m.refusal_conflict,
  depends_on_refused: m.refusal_depends_on_refused,
  too_old: m.refusal_too_old,
  malformed: m.refusal_malformed,
  update_needed: m.refusal_update_needed,
};

const ERRORS: Sentences<ErrorCode> = {
  bad_request: m.error_bad_request,
  too_large: m.error_too_large,
  unsupported_media_type: m.error_unsupported_media_type,
  not_found: m.error_not_found,
  sign_in_needed: m.error_sign_in_needed,
  session_ended: m.error_session_ended,
  wrong_password: m.error_wrong_password,
  invitation_unknown: m.error_invitation_unknown,
  invitation_expired: m.error_invitation_expired,
  password_too_short: m.error_password_too_short,
  password_too_easy: m.error_password_too_easy,
  password_too_long: m.error_password_too_long,
  key_unknown: m.error_key_unknown,
  item_invalid: m.error_item_invalid,
  permission_invalid: m.error_permission_invalid,
  too_many_attempts: m.error_too_many_attempts,
  too_many_requests: m.error_too_many_requests,
  too_many_found: m.error_too_many_found,
  cover_unavailable: m.error_cover_unavailable,
  too_slow: m.error_too_slow,
  attachment_too_large: m.error_attachment_too_large,
  attachment_refused: m.error_attachment_refused,
  attachment_infected: m.error_attachment_infected,
  attachment_not_checked: m.error_attachment_not_checked,
  too_many_uploads: m.error_too_many_uploads,
  upload_conflict: m.error_upload_conflict,
  checksum_mismatch: m.error_checksum_mismatch,
  upload_version: m.error_upload_version,
  range_invalid: m.error_range_invalid,
  no_room: m.error_no_room,
  update_needed: m.error_update_needed,
  restored: m.error_restored,
  stopping: m.error_stopping,
  internal: m.error_internal,
};

const OBSTACLES: Sentences<Obstacle> = {
  proxy_sign_in: m.obstacle_proxy_sign_in,
  portal: m.obstacle_portal,
  filter: m.obstacle_filter,
  gateway: m.obstacle_gateway,
  other_server: m.obstacle_other_server,
  certificate_time: m.obstacle_certificate_time,
  certificate: m.obstacle_certificate,
  name_not_found: m.obstacle_name_not_found,
  no_route: m.obstacle_no_route,
  not_listening: m.obstacle_not_listening,
  proxy_unreachable: m.obstacle_proxy_unreachable,
};

/** Why the server is not reached, and what to do. */
export function obstacleSentence(obstacle: Obstacle): string {
  return OBSTACLES[obstacle]();
}

export function refusalSentence(refusal: Refusal): string {
  return REFUSALS[refusal]();
}

const AVAILABILITY_FAULTS: Sentences<AvailabilityInvalid> = {
  note_too_long: m.availability_note_too_long,
  note_unfit: m.availability_note_unfit,
  day_twice: m.availability_day_twice,
  time_zone: m.availability_time_zone,
  absence_ends_before_it_begins: m.availability_absence_ends_before_it_begins,
  absence_too_long: m.availability_absence_too_long,
  cover: m.availability_cover,
};

const SETTING_FAULTS: Sentences<SettingFault> = {
  unknown: m.setting_unknown,
  not_a_value: m.setting_not_a_value,
  forced: m.setting_forced,
  not_kept: m.setting_not_kept,
};

export function errorCodeSentence(code: ErrorCode): string {
  return ERRORS[code]();
}

type Reason = Exclude<EndReason, 'unknown'>;

const ENDINGS: { [reason in Reason]: (said: { at: string }) => string } = {
  signed_out: m.session_ended_signed_out,
  other_device: m.session_ended_other_device,
  administrator: m.session_ended_administrator,
  password_changed: m.session_ended_password_changed,
  token_reused: m.session_ended_token_reused,
  expired: m.session_ended_expired,
  unused: m.session_ended_unused,
  too_many: m.session_ended_too_many,
  signed_in_again: m.session_ended_signed_in_again,
  account_ended: m.session_ended_account_ended,
};

const ENDED_BRIEFLY: Sentences<EndReason> = {
  signed_out: m.ended_signed_out,
  other_device: m.ended_other_device,
  administrator: m.ended_administrator,
  password_changed: m.ended_password_changed,
  token_reused: m.ended_token_reused,
  expired: m.ended_expired,
  unused: m.ended_unused,
  too_many: m.ended_too_many,
  signed_in_again: m.ended_signed_in_again,
  account_ended: m.ended_account_ended,
  unknown: m.ended_unknown,
};

/** Why one is signed out on this device, and when. */
export function endingSentence(code: ErrorCode, end: SessionEnd | null): string {
  if (end === null || end.reason === 'unknown') return errorCodeSentence(code);
  return ENDINGS[end.reason]({ at: onMoment(end.at) });
}

/** The same of another device, in a few words. */
export function endedBriefly({ at, reason }: SessionEnd): string {
  return m.device_ended({ at: onMoment(at), why: ENDED_BRIEFLY[reason]() });
}

export function failureSentence(failure: ApiError): string {
  switch (failure.error) {
    case 'refused':
      return refusalSentence(failure.refusal);
    case 'server':
      return errorCodeSentence(failure.code);
    case 'unreachable':
      return m.failure_unreachable();
    case 'between':
      return obstacleSentence(failure.obstacle);
    case 'bad_address':
      return m.failure_bad_address();
    case 'not_signed_in':
      return m.failure_not_signed_in();
    case 'closed':
      return m.failure_closed();
    case 'attachment':
      return m.failure_attachment();
    case 'availability':
      return AVAILABILITY_FAULTS[failure.fault]();
    case 'setting':
      return SETTING_FAULTS[failure.fault]();
    case 'disk_full':
      return m.failure_disk_full();
    case 'by_organisation':
      return m.failure_by_organisation();
    case 'no_program':
      return m.failure_no_program();
    case 'cache':
      return m.failure_cache();
  }
}

/** The state of a message, in words. */
export function stateSentence(state: MessageState): string {
  switch (state.state) {
    case 'accepted':
      return m.state_accepted();
    case 'waiting':
      return m.state_waiting();
    case 'leaving':
      return m.state_leaving();
    case 'sending':
      return m.state_sending();
    case 'held':
      return m.state_held();
    case 'stale':
      return m.state_stale();
    case 'refused':
      return refusalSentence(state.refusal);
  }
}

/** How far a message is on its way, in full; a refusal names those it is about (P8). */
export function waySentence(
  { state, at, written_at, number }: MessageView,
  refusedFor: Pick<Mentioned, 'name'>[],
): string {
  if (state.state === 'stale') return m.stale_since({ moment: atMoment(written_at ?? at) });
  if (state.state !== 'refused') return stateSentence(state);
  const names = list(refusedFor.map((one) => one.name));
  const said = state.refusal === 'edit_names_newcomer' ? m.mention_refused_edit : m.mention_refused;
  const why =
    refusedFor.length > 0 ? said({ count: refusedFor.length, names }) : refusalSentence(state.refusal);
  return `${number === null ? m.not_sent_yet() : m.edit_not_sent()} ${why}`;
}

/** The label of a link to an item or a conversation. */
export function openLinked({ link }: TitledLink, title: string): string {
  return link === 'item' ? m.open_item({ title }) : m.open_conversation_named({ title });
}

/** Names that a line has before the rest is a number. */
const NAMED = 5;

type Change = Pick<LineView, 'by' | 'line' | 'about_me'>;

/** The sentence for a change that was refused. */
export function undoneSentence(change: Change, named = NAMED): string {
  const { line } = change;
  if (line.line !== 'added') return m.line_refused({ what: lineSentence(change, named) });
  const all = [...line.teams, ...line.names];
  const names = listUpTo(all, named);
  return all.length > 1 ? m.line_not_added_many({ names }) : m.line_not_added({ names });
}

/** The quiet line that tells of a change (P10); with everyone's name when asked. */
export function lineSentence({ by, line, about_me }: Change, named = NAMED): string {
  const name = isolate(by.name);
  const me = by.me;
  const those = (names: string[]) => listUpTo(about_me ? [m.you_lower(), ...names] : names, named);
  /** The same where they are the ones who do it. */
  const they = (names: string[]) => listUpTo(about_me ? [...names, m.you_lower()] : names, named);
  const removed = (who: string) =>
    me ? m.line_removed_me({ removed: isolate(who) }) : m.line_removed({ name, removed: isolate(who) });
  switch (line.line) {
    case 'started': {
      const all = [...line.teams, ...line.with];
      if (all.length === 0 && !about_me)
        return me ? m.line_started_me_alone() : m.line_started_alone({ name });
      const names = those(all);
      return me ? m.line_started_me({ names }) : m.line_started({ name, names });
    }
    case 'added': {
      const names = those([...line.teams, ...line.names]);
      if (line.shared) return me ? m.line_added_shared_me({ names }) : m.line_added_shared({ name, names });
      return me ? m.line_added_me({ names }) : m.line_added({ name, names });
    }
    case 'joined': {
      if (about_me && line.names.length === 0) return m.line_joined_me();
      const names = they(line.names);
      return about_me || line.names.length > 1 ? m.line_joined_many({ names }) : m.line_joined({ names });
    }
    case 'removed':
      return removed(line.name);
    case 'team_joined': {
      const { team } = line;
      if (about_me && line.names.length === 0) return m.line_team_joined_me({ team });
      const filled = { names: they(line.names), team };
      return about_me || line.names.length > 1 ? m.line_team_joined_many(filled) : m.line_team_joined(filled);
    }
    case 'team_left': {
      const { team } = line;
      if (about_me && line.names.length === 0) return m.line_team_left_me({ team });
      const filled = { names: they(line.names), team };
      return about_me || line.names.length > 1 ? m.line_team_left_many(filled) : m.line_team_left(filled);
    }
    case 'team_removed':
      return removed(line.team);
    case 'conversation_deleted':
      return m.line_conversation_deleted();
    case 'left':
      if (line.ended) return me ? m.line_ended_me() : m.line_ended({ name });
      return me ? m.line_left_me() : m.line_left({ name });
    case 'handed_over':
      if (about_me) return m.line_handed_over_to_me({ name });
      return me
        ? m.line_handed_over_me({ to: isolate(line.name) })
        : m.line_handed_over({ name, to: isolate(line.name) });
    case 'archived':
      return me ? m.line_archived_me() : m.line_archived({ name });
    case 'reopened':
      return me ? m.line_reopened_me() : m.line_reopened({ name });
    case 'update_needed':
      return m.line_update_needed();
  }
}
