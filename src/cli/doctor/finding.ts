/** What the doctor found of one thing. */
export interface Finding {
  what: string;
  /** Something that is not here is no fault, where Tempered can do without it. */
  state: 'ok' | 'not here' | 'FAILED';
  detail: string;
}
