import { uuid4 } from '@temporalio/workflow';
import type { CriterionCheck, Verdict } from '../domain/validation.js';
import { validateModelInputSchema, type ValidateModelInput } from '../domain/workflowInput.js';
import { control, gpu } from './activities.js';
import { judgeVersion } from './decisions/judgeVersion.js';
import { validationWindow } from './decisions/planWindows.js';
import { runWorkflow } from './entry.js';

export interface ValidateModelResult {
  model: string;
  version: number;
  championVersion: number;
  verdict: Verdict;
  checks: CriterionCheck[];
  rows: number;
}

/** Holds a version against the champion on the window right after its training, and stores the verdict. */
export async function validateModel(input: ValidateModelInput): Promise<ValidateModelResult> {
  return runWorkflow('validateModel', validateModelInputSchema, input, async ({ model, version }, status) => {
    status.setVersion(version);
    const facts = await control.readValidationFacts({ model, version });
    const window = validationWindow(facts);
    status.enter('snapshot', `held-out rows from ${window.from} to ${window.to}`);
    const heldOut = async ({ definitionDigest }: { definitionDigest: string }) => {
      const { maxRows } = facts.validation;
      return (await control.snapshotDataset({ definitionDigest, window, maxRows })).datasetVersionId;
    };
    const candidate = { version, datasetVersionId: await heldOut(facts.candidate) };
    const sameRows = facts.champion.definitionDigest === facts.candidate.definitionDigest;
    const champion = {
      version: facts.champion.version,
      datasetVersionId: sameRows ? candidate.datasetVersionId : await heldOut(facts.champion),
    };

    status.enter('evaluation', `against champion version ${String(champion.version)}`);
    const evaluation = await gpu.evaluateVersion({ model, candidate, champion });
    const report = judgeVersion(evaluation, facts.acceptance);
    await control.recordValidation({ validationId: uuid4(), model, report });
    const failed = report.checks.filter((check) => !check.passed).map(({ criterion }) => criterion);
    status.enter(
      report.verdict,
      failed.length === 0 ? 'every criterion passed' : `not passed: ${failed.join(', ')}`,
    );
    const { verdict, checks } = report;
    return { model, version, championVersion: champion.version, verdict, checks, rows: evaluation.rows };
  });
}
