/** What PostgreSQL's text and jsonb cannot hold: NUL, and half surrogate pairs. */
const unstorable = /\0|\p{Surrogate}/gu;

/** Whether PostgreSQL can store the text as it is. */
export function isStorable(text: string): boolean {
  return text.search(unstorable) === -1;
}

/** The first `maxLength` characters of a text, with a replacement character for each that cannot be stored. */
export function toStorable(text: string, maxLength: number): string {
  return text.slice(0, maxLength).replace(unstorable, '\uFFFD');
}
