export type Arm = 'champion' | 'challenger';

/** Why a deployment changed. */
export type DeploymentCause = 'baseline' | 'stage' | 'promote' | 'roll-back';

/** Which versions of a model serve, and with what weight. Never changed: each change is a new epoch. */
export interface Deployment {
  model: string;
  epoch: number;
  championVersion: number;
  challengerVersion: number | null;
  /** The challenger's share of traffic, 0 to 1. */
  challengerWeight: number;
  /** The rollout this epoch belongs to; also the salt by which routing keys are spread over the arms. */
  rolloutId: string | null;
  cause: DeploymentCause;
  reason: string;
  actor: string;
  createdAt: string;
}

/** How far the gateways have taken over an epoch. */
export interface Acknowledgement {
  epoch: number;
  /** Gateways with a live lease. */
  liveReplicas: number;
  acknowledgedReplicas: number;
  /** Gateways that could not load a version of this epoch, with their reasons. */
  refusals: { replicaId: string; reason: string }[];
}
