/** The report for the people who deliver data: what is missing, late or out of range. */
import { z } from 'zod';
import { checkResultSchema } from './dataCheck.js';

/** Some of the rows that break a check: column → value as text, cut where it is long. */
const sampleSchema = z.record(z.string(), z.string().nullable());

export const dataRequirementsSchema = z.object({
  model: z.string(),
  source: z.string(),
  sourceSha256: z.string(),
  window: z.object({ from: z.string(), to: z.string() }),
  met: z.boolean(),
  checks: z.array(checkResultSchema.extend({ samples: z.array(sampleSchema) })),
});

export type DataRequirements = z.output<typeof dataRequirementsSchema>;
export type SampledCheckResult = DataRequirements['checks'][number];

/** The report as Markdown, for people who have nothing of ours but a reader of text. */
export function toMarkdown(report: DataRequirements): string {
  const unmet = report.checks.filter(({ met }) => !met);
  return [
    `# Data requirements of ${report.model}`,
    `Source **${report.source}**, rows from ${report.window.from} to ${report.window.to}. ` +
      (report.met
        ? `All ${String(report.checks.length)} requirements are met.`
        : `**${String(unmet.length)} of ${String(report.checks.length)} requirements are not met**, so the model was not trained on these rows.`),
    overview(report.checks),
    ...unmet.map(details),
    `State of the source: \`${report.sourceSha256}\`.`,
  ]
    .join('\n\n')
    .concat('\n');
}

function overview(checks: readonly SampledCheckResult[]): string {
  const rows = checks.map(({ met, expected, found, offendingRows, firstAt }) =>
    [met ? 'met' : '**not met**', expected, found, String(offendingRows), firstAt ?? '']
      .map(cell)
      .join(' | '),
  );
  return [
    '| | expected | found | rows | since |',
    '| --- | --- | --- | ---: | --- |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

function details({ expected, found, firstAt, lastAt, samples }: SampledCheckResult): string {
  const span = firstAt === null ? '' : ` The first is of ${firstAt}, the last of ${lastAt ?? firstAt}.`;
  const lines = [`## ${expected}`, `Found: ${found}.${span}`];
  const [first] = samples;
  if (first !== undefined) lines.push('Some of them:', sampleTable(Object.keys(first), samples));
  return lines.join('\n\n');
}

function sampleTable(columns: readonly string[], samples: SampledCheckResult['samples']): string {
  const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [
    row(columns),
    row(columns.map(() => '---')),
    ...samples.map((sample) => row(columns.map((column) => sample[column] ?? 'NULL'))),
  ].join('\n');
}

/** Whatever a value holds, it stays in its cell. */
function cell(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').replaceAll('<', '&lt;');
}
