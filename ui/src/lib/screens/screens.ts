/** The screens that are loaded after the overview; only `lazy-screens.svelte.ts` imports this file. */
export { default as AttachmentsPanel } from './files/AttachmentsPanel.svelte';
export { default as ClosingDialog } from './ClosingDialog.svelte';
export { default as Conversation } from './conversation/Conversation.svelte';
export { default as FilesIn } from './files/FilesIn.svelte';
export { default as ItemWindow } from './ItemWindow.svelte';
export { default as LeaveDialog } from './participants/LeaveDialog.svelte';
export { default as OverviewMenu } from './overview/OverviewMenu.svelte';
export { default as Participants } from './participants/Participants.svelte';
export { default as SearchResults } from './overview/SearchResults.svelte';
export { default as Sheets } from './Sheets.svelte';
export { default as SignIn } from './signin/SignIn.svelte';
export { default as TroubleScreen } from './trouble/TroubleScreen.svelte';
export { default as Wizard } from './wizard/Wizard.svelte';
