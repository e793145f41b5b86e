/** Identity and position of the rows of a timeline. */
import type { Row } from '$lib/bindings/Row';

/** A key that stays the same from the moment a message is written. */
export function rowKey(row: Row): string {
  if (row.row === 'message') return row.message;
  if (row.row === 'missing') return `missing ${row.range.from}`;
  return row.number === null ? `pending ${row.pending}` : `line ${row.number}`;
}

/** The first sequence number of a row; `null` until it is accepted. */
export function rowNumber(row: Row): number | null {
  return row.row === 'missing' ? row.range.from : row.number;
}

/** The last sequence number of a row; `null` until it is accepted. */
export function rowEnd(row: Row): number | null {
  return row.row === 'missing' ? row.range.to : row.number;
}
