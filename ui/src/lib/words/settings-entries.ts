/**
 * The name of each setting and the page that it stands on, for that page and for the search over all of them. A setting without
 * an entry does not compile.
 *
 * A search knows the words of both languages, whichever the screen has, and others that one may think of.
 */
import type { SettingKey } from '$lib/bindings/setting-values';
import { m } from '$lib/paraglide/messages';

import { plain } from './matching';

/** The pages of the settings, one a concern, in their order. */
export const CONCERNS = [
  'display',
  'overview',
  'writing',
  'notifications',
  'mail',
  'presence',
  'files',
  'program',
  'managed',
  'devices',
  'account',
] as const;
export type Concern = (typeof CONCERNS)[number];

/** The parts of these pages beside the settings. */
type Other =
  'all-shortcuts' | 'working-days' | 'managed' | 'quit' | 'devices' | 'change-password' | 'sign-out';
export type EntryId = SettingKey | Other;

type Wording = (inputs?: Record<string, never>, options?: { locale?: 'nl' | 'en' }) => string;

export interface Entry {
  page: Concern;
  label: Wording;
  /** Where the control is called by the opposite or by its question: the name of the value as it is kept. */
  kept?: Wording;
  /** Sentences that stand there. */
  about?: Wording[];
  /** Words that are not written there, in both languages. */
  synonyms: string;
  /** It has its control in the row of another setting. */
  within?: SettingKey;
}

const SETTINGS: { readonly [K in SettingKey]: Entry } = {
  'appearance.language': {
    page: 'display',
    label: m.language,
    about: [m.language_nl, m.language_en],
    synonyms: 'engels nederlands dutch vertaling translation',
  },
  'appearance.theme': {
    page: 'display',
    label: m.theme,
    about: [m.theme_system, m.theme_light, m.theme_dark],
    synonyms: 'thema kleur kleuren contrast nacht theme colour color appearance night mode',
  },
  'appearance.zoom': {
    page: 'display',
    label: m.size,
    about: [m.keys_larger, m.keys_smaller],
    synonyms: 'zoom inzoomen lettergrootte letters tekst vergroten verkleinen font text scale magnify',
  },
  'overview.order': {
    page: 'overview',
    label: m.order,
    about: [m.order_latest, m.order_unread_first, m.order_subject],
    synonyms: 'sorteren sortering lijst overzicht sort sorting list overview',
  },
  'overview.only': {
    page: 'overview',
    label: m.show_only,
    about: [m.overview_only_about],
    synonyms: 'filter filteren selectie organisatie filters selection organisation',
  },
  'overview.density': {
    page: 'overview',
    label: m.density,
    about: [m.density_compact, m.density_normal, m.density_roomy],
    synonyms: 'dichtheid hoogte regelafstand density height spacing rows',
  },
  'overview.without_preview': {
    page: 'overview',
    label: m.preview_shown,
    kept: m.kept_without_preview,
    synonyms: 'voorbeeld voorvertoning meekijken privacy verbergen preview hide snippet',
  },
  'writing.enter_breaks': {
    page: 'writing',
    label: m.enter_key,
    kept: m.kept_enter_breaks,
    about: [m.enter_sends, m.enter_breaks],
    synonyms: 'toets toetsenbord versturen verzenden key keyboard send newline line break',
  },
  'notifications.detail': {
    page: 'notifications',
    label: m.telling,
    about: [m.telling_nothing_about, m.telling_who_about, m.telling_who_and_what_about],
    synonyms: 'inhoud naam voorbeeld privacy vertrouwelijk meekijken content name preview private',
  },
  'notifications.silent': {
    page: 'notifications',
    label: m.with_sound,
    kept: m.kept_silent,
    synonyms: 'stil dempen toon piep mute silent quiet audio tone beep',
  },
  'notifications.quiet_hours': {
    page: 'notifications',
    label: m.quiet_hours,
    about: [m.quiet_hours_about],
    synonyms: 'niet storen nacht rust dempen do not disturb dnd night focus mute',
  },
  'notifications.working_days': {
    page: 'notifications',
    label: m.not_outside_work,
    about: [m.not_outside_work_about],
    synonyms: 'vrij weekend vakantie rooster niet storen off holiday schedule do not disturb',
  },
  'mail.message': {
    page: 'mail',
    label: m.mail_message,
    about: [m.mail_message_about],
    synonyms: 'e-mail email attendering notification',
  },
  'mail.added': {
    page: 'mail',
    label: m.mail_added,
    about: [m.mail_added_about],
    synonyms: 'e-mail email uitgenodigd deelnemer invited participant',
  },
  'mail.mentioned': {
    page: 'mail',
    label: m.mail_mentioned,
    about: [m.mail_mentioned_about],
    synonyms: 'e-mail email vermelding mention @',
  },
  'mail.urgent': {
    page: 'mail',
    label: m.mail_urgent,
    about: [m.mail_urgent_about],
    synonyms: 'e-mail email spoed dringend urgentie urgency at once',
  },
  'mail.unread_days': {
    page: 'mail',
    label: m.mail_unread,
    about: [m.mail_unread_about],
    synonyms: 'e-mail email reminder dagen days',
  },
  'mail.outside_working_hours': {
    page: 'mail',
    label: m.mail_outside_work,
    about: [m.mail_outside_work_about],
    synonyms: 'e-mail email werkdagen rooster schedule',
  },
  'mail.language': {
    page: 'mail',
    label: m.mail_language,
    about: [m.language_nl, m.language_en],
    synonyms: 'e-mail email engels nederlands dutch',
  },
  'mail.language_of_screen': {
    page: 'mail',
    label: m.mail_language_of_screen,
    about: [m.mail_language_of_screen_about],
    synonyms: 'e-mail email',
    within: 'mail.language',
  },
  'files.days': {
    page: 'files',
    label: m.files_days,
    about: [m.files_days_about],
    synonyms: 'downloaden download bijlagen attachments automatisch automatic offline',
  },
  'files.budget_mb': {
    page: 'files',
    label: m.files_budget,
    about: [m.files_budget_about],
    synonyms: 'opslag schijf geheugen cache storage disk space',
  },
  'files.take_back_seconds': {
    page: 'files',
    label: m.files_take_back,
    about: [m.files_take_back_about],
    synonyms: 'intrekken ongedaan wachttijd extern undo recall delay external',
  },
  'program.keep_running': {
    page: 'program',
    label: m.keep_running,
    about: [m.keep_running_about],
    synonyms: 'achtergrond systeemvak sluiten background tray close minimise',
  },
  'program.start_at_login': {
    page: 'program',
    label: m.start_at_login,
    about: [m.start_at_login_about],
    synonyms: 'opstarten automatisch autostart inloggen startup boot login log in',
  },
  'program.graphics': {
    page: 'program',
    label: m.graphics,
    about: [m.graphics_about],
    synonyms: 'gpu videokaart versnelling leeg venster wit zwart acceleration blank black screen hardware',
  },
  'program.copy': { page: 'managed', label: m.managed_copy, synonyms: 'klembord clipboard kopieren' },
  'servers.address': { page: 'managed', label: m.server, synonyms: 'adres aanmelden address sign in' },
  'network.proxy': { page: 'managed', label: m.managed_proxy, synonyms: 'netwerk network internet' },
  'files.largest_mb': {
    page: 'managed',
    label: m.managed_largest,
    synonyms: 'bijlage attachment size limit',
  },
  'files.refused': {
    page: 'managed',
    label: m.managed_refused,
    synonyms: 'bijlage attachment types formats',
  },
  'files.save': {
    page: 'managed',
    label: m.managed_save,
    synonyms: 'bijlage downloaden attachment download',
  },
  'files.open': { page: 'managed', label: m.managed_open, synonyms: 'bijlage attachment external program' },
  'program.shortcut': {
    page: 'program',
    label: m.keys_call_window,
    about: [m.call_window_about],
    synonyms: 'sneltoets toetsen hotkey shortcut global keys',
  },
};

const OTHERS: { readonly [O in Other]: Entry } = {
  'all-shortcuts': { page: 'writing', label: m.shortcuts, synonyms: 'toetsen toetsenbord keys keyboard' },
  'working-days': {
    page: 'presence',
    label: m.working_days,
    about: [m.working_days_about],
    synonyms: 'werktijden afwezig afwezigheid vakantie rooster absent away holiday schedule out of office',
  },
  managed: {
    page: 'managed',
    label: m.managed,
    about: [m.managed_about],
    synonyms: 'policy gpo it beheerder',
  },
  quit: { page: 'program', label: m.quit, synonyms: 'stoppen beëindigen exit close' },
  devices: {
    page: 'devices',
    label: m.devices,
    about: [m.devices_about],
    synonyms: 'computer telefoon sessies sessions phone lost stolen',
  },
  'change-password': { page: 'account', label: m.change_password, synonyms: 'wachtwoord inloggen login' },
  'sign-out': { page: 'account', label: m.sign_out, synonyms: 'uitloggen log out logout' },
};

export const ENTRIES: { readonly [I in EntryId]: Entry } = { ...SETTINGS, ...OTHERS };

const NAMES: { readonly [C in Concern]: Wording } = {
  display: m.display_options,
  overview: m.overview_settings,
  writing: m.writing,
  notifications: m.notifications,
  mail: m.mail_settings,
  presence: m.working_days,
  files: m.files_setting,
  program: m.program,
  managed: m.managed,
  devices: m.devices,
  account: m.account,
};

export function concernName(concern: Concern): string {
  return NAMES[concern]();
}

/** Letters of a word that may stand within another, as “tijden” in “werktijden”. */
const WITHIN = 3;

/** Without regard to case and diacritics: each word of the query stands among the words, or begins one if it is short. */
function holds(words: string, query: string[]): boolean {
  const text = ` ${words}`;
  return query.every((word) => text.includes(word.length < WITHIN ? ` ${word}` : word));
}

function inBoth(texts: Wording[]): string {
  return plain(texts.flatMap((text) => [text({}, { locale: 'nl' }), text({}, { locale: 'en' })]).join(' '));
}

/** The words of an entry: how it is called, and all that it is found by. They are the same in every language of the screen. */
function wordsOf({ page, label, about = [], synonyms }: Entry): [called: string, all: string] {
  return [inBoth([label]), `${inBoth([NAMES[page], label, ...about])} ${plain(synonyms)}`];
}

let indexed: [id: EntryId, called: string, all: string][] | null = null;

/** The settings that a query means, those first that are called so. */
export function findSettings(query: string): EntryId[] {
  const wanted = plain(query).split(' ').filter(Boolean);
  if (wanted.length === 0) return [];
  const all = Object.entries(ENTRIES) as [EntryId, Entry][];
  indexed ??= all.map(([id, entry]) => [entry.within ?? id, ...wordsOf(entry)]);
  const called = indexed.filter(([, name]) => holds(name, wanted));
  const meant = indexed.filter(([, , words]) => holds(words, wanted));
  return [...new Set([...called, ...meant].map(([id]) => id))];
}
