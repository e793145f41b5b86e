/** The state of the settings' screen: the page, the search, and the row that it found. Kept while a change of the language draws all anew. */
import { ENTRIES, findSettings, type Concern, type EntryId } from '$lib/words/settings-entries';

export class SettingsView {
  /** `null`: none was chosen. The first one is shown then, where there is room for it beside the list. */
  page = $state<Concern | null>(null);
  query = $state('');
  /** The row that is marked. */
  found = $state<EntryId | null>(null);
  /** A link leads to the page: its title is to have the keyboard as soon as it is there. */
  linked = $state(false);
  readonly hits: EntryId[] = $derived(findSettings(this.query));

  /** As they are opened: at a page that a link leads to, or where one begins. */
  open(page: Concern | null): void {
    this.page = page;
    this.query = '';
    this.found = null;
    this.linked = page !== null;
  }

  go(page: Concern | null): void {
    this.page = page;
    this.found = null;
  }

  show(hit: EntryId): void {
    this.page = ENTRIES[hit].page;
    this.found = hit;
  }
}
