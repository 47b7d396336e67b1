import { badge, element, minute, number, show, table, time } from './elements.js';
import { currentKey, forgetKey, get, keepKey, takeKeyFromAddress } from './session.js';

const refreshMs = 2000;
const keyForm = document.querySelector('#key-form');
const keyInput = document.querySelector('#key');
const state = document.querySelector('#state');
const models = document.querySelector('#models');
let timer;

takeKeyFromAddress();
keyForm.addEventListener('submit', (event) => {
  event.preventDefault();
  keepKey(keyInput.value.trim());
  keyInput.value = '';
  void refresh();
});
addEventListener('hashchange', () => {
  takeKeyFromAddress();
  void refresh();
});
void refresh();

async function refresh() {
  clearTimeout(timer);
  keyForm.hidden = currentKey() !== null;
  if (!keyForm.hidden) return;
  try {
    const { models: list } = await get('/models');
    const cards = await Promise.all(list.map(({ name }) => modelCard(name)));
    show(
      models,
      cards.length > 0 ? cards : [element('p', { class: 'empty' }, 'No model is registered yet.')],
    );
    say(`as of ${new Date().toISOString().slice(11, 19)}; all times in UTC`, { failed: false });
  } catch (error) {
    say(error.message, { failed: true });
    if (error.refused) {
      askForKey();
      return;
    }
  }
  clearTimeout(timer);
  timer = setTimeout(refresh, refreshMs);
}

function say(message, { failed }) {
  state.textContent = message;
  state.classList.toggle('bad', failed);
}

function askForKey() {
  forgetKey();
  models.replaceChildren();
  keyForm.hidden = false;
  keyInput.focus();
}

async function modelCard(name) {
  const path = `/models/${encodeURIComponent(name)}`;
  const [model, { rollout }] = await Promise.all([get(path), get(`${path}/rollout`)]);
  return element(
    'article',
    {},
    element('h2', {}, model.name),
    element('p', {}, `${model.description} (${model.owner})`),
    deploymentSection(model),
    rolloutTable(rollout),
    validationTable(model.validations),
    windowTable(model.windows),
    versionTable(model.versions),
    newFeaturesLine(model.newFeatures),
  );
}

function newFeaturesLine(newFeatures) {
  if (newFeatures.length === 0) return null;
  const links = newFeatures.map(({ view, version }) =>
    element('li', {}, element('a', { href: '/pages/features' }, `${view}@${version}`)),
  );
  return element('section', {}, element('h3', {}, 'New features it could use'), element('ul', {}, links));
}

function deploymentSection({ deployment, acknowledgement }) {
  if (deployment === null) return element('p', { class: 'empty' }, 'Not deployed yet.');
  const challengerShare = deployment.challengerWeight;
  const arms = [
    armRow('champion', deployment.championVersion, 1 - challengerShare),
    deployment.challengerVersion === null
      ? null
      : armRow('challenger', deployment.challengerVersion, challengerShare),
  ];
  const { liveReplicas, acknowledgedReplicas, refusals } = acknowledgement;
  return element(
    'section',
    {},
    element('h3', {}, `Deployment, epoch ${deployment.epoch}`),
    arms,
    element(
      'p',
      {},
      `${deployment.cause}: ${deployment.reason} (${deployment.actor}, ${minute(deployment.createdAt)})`,
    ),
    element('p', {}, `${acknowledgedReplicas} of ${liveReplicas} gateways serve it`),
    refusals.map(({ replicaId, reason }) =>
      element('p', { class: 'bad' }, `${replicaId} refused it: ${reason}`),
    ),
  );
}

function armRow(arm, version, share) {
  return element(
    'p',
    { class: 'arm' },
    element('span', {}, `${arm} v${version}`),
    element('meter', { min: 0, max: 1, value: share }),
    element('span', {}, percent(share)),
  );
}

function rolloutTable(rollout) {
  if (rollout === null) return element('p', { class: 'empty' }, 'Rollout: none yet');
  return element(
    'section',
    {},
    element(
      'h3',
      {},
      `Rollout of v${rollout.version} against v${rollout.championVersion} `,
      badge(rollout.status),
    ),
    rollout.reason === null ? null : element('p', {}, rollout.reason),
    table(
      'Decisions',
      ['when', 'stage', 'action', 'why', 'challenger', 'champion'],
      rollout.decisions.map(({ decidedAt, stage, action, reason, evidence }) => [
        time(decidedAt),
        stage + 1,
        badge(action),
        reason,
        armNumbers(evidence?.stage?.challenger),
        armNumbers(evidence?.stage?.champion),
      ]),
    ),
  );
}

function armNumbers(arm) {
  if (!arm) return '';
  const { requests, outcomes, meanLogLoss } = arm;
  return `${number(requests)} requests, ${number(outcomes)} outcomes, log loss ${number(meanLogLoss)}`;
}

function validationTable(validations) {
  return table(
    'Validations',
    ['when', 'version', 'against', 'verdict', 'checks'],
    validations.map(({ createdAt, version, championVersion, verdict, report }) => [
      time(createdAt),
      `v${version}`,
      `v${championVersion}`,
      badge(verdict),
      element('ul', {}, (report?.checks ?? []).map(checkItem)),
    ]),
  );
}

function checkItem({ criterion, bound, value, passed }) {
  return element(
    'li',
    { class: passed ? 'good' : 'bad' },
    `${passed ? '✓' : '✗'} ${criterion} ${number(value)} (${bound})`,
  );
}

function windowTable(windows) {
  return table(
    'Monitoring windows',
    ['from', 'to', 'version', 'finding', 'why', 'predictions', 'outcomes', 'highest PSI'],
    windows.map(({ version, status, report }) => [
      time(report?.window?.from),
      time(report?.window?.to),
      `v${version}`,
      badge(status),
      report?.reason,
      number(report?.predictions),
      number(report?.outcomes),
      highestPsi(report?.columns ?? []),
    ]),
  );
}

function highestPsi(columns) {
  const [highest] = columns.toSorted((a, b) => b.psi - a.psi);
  return highest === undefined ? '' : `${highest.column} ${number(highest.psi)}`;
}

function versionTable(versions) {
  return table(
    'Versions',
    ['version', 'kind', 'made', 'artifact'],
    versions.map(({ version, kind, createdAt, artifactSha256 }) => [
      `v${version}`,
      kind,
      time(createdAt),
      element('code', { title: artifactSha256 }, artifactSha256.slice(0, 12)),
    ]),
  );
}

function percent(share) {
  return `${Math.round(share * 1000) / 10} %`;
}
