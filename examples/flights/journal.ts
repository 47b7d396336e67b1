import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';

const stepReportSchema = z.object({
  step: z.string(),
  version: z.string(),
  result: z.string(),
  took: z.string(),
});

const journalEntrySchema = z.object({
  /** The run of the lifecycle that this step started, by which a later start finds it again. */
  runId: z.string().optional(),
  /** Only on steps that are done. */
  reports: z.array(stepReportSchema).optional(),
});

/** What a finished step says in the closing table. */
export type StepReport = z.output<typeof stepReportSchema>;
export type JournalEntry = z.output<typeof journalEntrySchema>;

/** Which steps of the life are done, kept in a file, so that a second start goes on where the first one stopped. */
export class Journal {
  private constructor(
    private readonly file: string,
    private readonly entries: Map<string, JournalEntry>,
  ) {}

  static async open(file: string): Promise<Journal> {
    try {
      const stored = z.record(z.string(), journalEntrySchema).parse(JSON.parse(await readFile(file, 'utf8')));
      return new Journal(file, new Map(Object.entries(stored)));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
        return new Journal(file, new Map());
      throw error;
    }
  }

  read(step: string): JournalEntry {
    return this.entries.get(step) ?? {};
  }

  async write(step: string, entry: JournalEntry): Promise<void> {
    this.entries.set(step, entry);
    await writeFile(`${this.file}.new`, JSON.stringify(Object.fromEntries(this.entries), null, 2));
    await rename(`${this.file}.new`, this.file);
  }

  /** Every lifecycle run that a step started. */
  runIds(): string[] {
    return [...this.entries.values()].flatMap((entry) => entry.runId ?? []);
  }

  /** Lines of the closing table, in the order in which the steps were first written. */
  reports(): StepReport[] {
    return [...this.entries.values()].flatMap((entry) => entry.reports ?? []);
  }
}
