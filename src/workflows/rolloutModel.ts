import {
  ContinueAsNew,
  continueAsNew,
  isCancellation,
  sleep,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { RolloutOutcome } from '../domain/rollout.js';
import { rolloutModelInputSchema, type RolloutModelInput } from '../domain/workflowInput.js';
import { control, waiting } from './activities.js';
import { decideStage } from './decisions/decideStage.js';
import { evenIfCancelled, rootMessage, runWorkflow } from './entry.js';
import type { StatusReporter } from './status.js';

export interface RolloutModelResult {
  model: string;
  version: number;
  championVersion: number;
  rolloutId: string;
  outcome: RolloutOutcome;
  reason: string;
  /** From the decision to the last gateway that took it over. */
  switchMs: number;
  gateways: number;
}

/** Where a rollout goes on after continue-as-new. */
export interface RolloutProgress {
  rolloutId: string;
  stage: number;
  sequence: number;
}

type Conclusion = { outcome: RolloutOutcome; reason: string };

/**
 * Leads a validated version through its stages, looking again and again at what both arms really answered.
 * Anything that ends it early, cancellation included, takes the challenger out first.
 *
 * @param progress - set by continue-as-new only
 */
export async function rolloutModel(
  input: RolloutModelInput,
  progress?: RolloutProgress,
): Promise<RolloutModelResult> {
  return runWorkflow(
    'rolloutModel',
    rolloutModelInputSchema,
    input,
    async ({ model, version, actor }, status) => {
      status.setVersion(version);
      const position = progress ?? { rolloutId: uuid4(), stage: 0, sequence: 0 };
      const { rolloutId } = position;
      const plan = await control.beginRollout({ rolloutId, model, version });
      const rollout = new Rollout(model, version, actor, plan.policy, position, status);
      const conclusion = await rollout.run();
      const { championVersion } = plan;
      return { model, version, championVersion, rolloutId, ...(await rollout.conclude(conclusion)) };
    },
  );
}

class Rollout {
  constructor(
    private readonly model: string,
    private readonly version: number,
    private readonly actor: string,
    private readonly policy: Awaited<ReturnType<typeof control.beginRollout>>['policy'],
    private readonly position: RolloutProgress,
    private readonly status: StatusReporter,
  ) {}

  /** Goes through the stages; what breaks on the way rolls back. */
  async run(): Promise<Conclusion> {
    try {
      while (this.position.stage < this.policy.stages.length) {
        const conclusion = await this.runStage();
        if (conclusion !== null) return conclusion;
        this.position.stage += 1;
      }
      return { outcome: 'promoted', reason: `passed all ${String(this.policy.stages.length)} stages` };
    } catch (error) {
      if (error instanceof ContinueAsNew) throw error;
      const reason = isCancellation(error) ? 'the rollout was cancelled' : rootMessage(error);
      await this.conclude({ outcome: 'rolled-back', reason });
      throw error;
    }
  }

  /** Null: on to the next stage. */
  private async runStage(): Promise<Conclusion | null> {
    const { rolloutId, stage } = this.position;
    const weight = this.policy.stages[stage] ?? 1;
    this.status.enter(
      'rollout',
      `stage ${String(stage + 1)}: ${String(weight * 100)} % to version ${String(this.version)}`,
    );
    const { epoch, stopped } = await control.deployStage({ rolloutId, stage, weight, actor: this.actor });
    if (stopped) return takenOut;
    const { refusals } = await waiting.awaitGateways({ model: this.model, epoch });
    const [refusal] = refusals;
    if (refusal !== undefined) {
      return { outcome: 'rolled-back', reason: `a gateway could not take it over: ${refusal.reason}` };
    }
    return this.observe(epoch);
  }

  private async observe(epoch: number): Promise<Conclusion | null> {
    const { rolloutId, stage } = this.position;
    let lastAction: string | null = null;
    for (;;) {
      await sleep(this.policy.checkEverySeconds * 1000);
      const { running, evidence } = await control.observeStage({ rolloutId, epoch });
      if (!running) return takenOut;
      const decision = decideStage(evidence, this.policy);
      this.status.describe(`stage ${String(stage + 1)}: ${decision.action}, ${decision.reason}`);
      // A stage may hold for days: only what differs from the last decision is recorded.
      if (decision.action !== lastAction) {
        const { sequence } = this.position;
        await control.recordRolloutDecision({ rolloutId, sequence, stage, decision, evidence });
        this.position.sequence += 1;
        lastAction = decision.action;
      }
      if (decision.action === 'continue') return null;
      if (decision.action === 'roll-back') return { outcome: 'rolled-back', reason: decision.reason };
      if (workflowInfo().continueAsNewSuggested) await this.continueAsNew();
    }
  }

  private continueAsNew(): Promise<never> {
    const input: RolloutModelInput = { model: this.model, version: this.version, actor: this.actor };
    return continueAsNew<typeof rolloutModel>(input, this.position);
  }

  /** One arm is left, and every live gateway knows it (invariant 6); nothing may stop this half way. */
  conclude(
    conclusion: Conclusion,
  ): Promise<Pick<RolloutModelResult, 'outcome' | 'reason' | 'switchMs' | 'gateways'>> {
    return evenIfCancelled(async () => {
      const { rolloutId } = this.position;
      const beganAt = Date.now();
      const concluded = await control.concludeRollout({ rolloutId, ...conclusion, actor: this.actor });
      const { epoch, outcome } = concluded;
      const { acknowledgedReplicas, refusals } = await waiting.awaitGateways({ model: this.model, epoch });
      const [refusal] = refusals;
      const reason =
        refusal === undefined
          ? concluded.reason
          : `${concluded.reason}; a gateway refused: ${refusal.reason}`;
      this.status.enter(outcome, reason);
      return { outcome, reason, switchMs: Date.now() - beganAt, gateways: acknowledgedReplicas };
    });
  }
}

const takenOut: Conclusion = { outcome: 'rolled-back', reason: 'an operator took the challenger out' };
