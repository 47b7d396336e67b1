import { element, table } from './elements.js';

const state = document.querySelector('#state');
const keyInput = document.querySelector('#key');
const operations = document.querySelector('#operations');
document.querySelector('#key-form').addEventListener('submit', (event) => event.preventDefault());
keyInput.value = sessionStorage.getItem('tempered-key') ?? '';

const description = await (await fetch('/openapi.json')).json();
state.textContent = `${description.info.title} ${description.info.version}`;
operations.append(
  ...Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      operationDetails(method.toUpperCase(), path, operation),
    ),
  ),
);

function operationDetails(method, path, operation) {
  const body = operation.requestBody?.content['application/json'].schema;
  return element(
    'details',
    {},
    element('summary', {}, element('code', {}, `${method} ${path}`), ` ${operation.summary ?? ''}`),
    element('p', {}, withCode(operation.description ?? 'Public.')),
    body === undefined ? null : [element('h4', {}, 'Request body'), schemaBlock(body)],
    responseTable(operation.responses),
    successBlock(operation.responses),
    sender(method, path, operation.parameters ?? [], body),
  );
}

/** What stands between backticks is set as code. */
function withCode(text) {
  return text.split('`').map((part, i) => (i % 2 === 0 ? part : element('code', {}, part)));
}

function responseTable(responses) {
  return table(
    'Answers',
    ['status', 'when'],
    Object.entries(responses).map(([status, response]) => [status, response.description]),
  );
}

function successBlock(responses) {
  const schema = responses[200]?.content?.['application/json']?.schema;
  return schema === undefined ? null : [element('h4', {}, 'Body of a 200'), schemaBlock(schema)];
}

function schemaBlock(schema) {
  return element('pre', {}, describeSchema(schema, ''));
}

/** A schema as a person reads it: the JSON with types in the place of values, and what is said of each field. */
function describeSchema(given, indent) {
  const schema = resolve(given);
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants) return variants.map((variant) => describeSchema(variant, indent)).join(' | ');
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.type === 'array') return `[${describeSchema(schema.items ?? {}, indent)}, …]`;
  if (schema.properties) return describeObject(schema, indent);
  return [schema.type ?? 'anything'].flat().join(' | ');
}

function describeObject(schema, indent) {
  const inner = `${indent}  `;
  const fields = Object.entries(schema.properties).map(([name, field]) => {
    const mark = schema.required?.includes(name) ? '' : '?';
    const note = resolve(field).description ?? field.description;
    return `${inner}${name}${mark}: ${describeSchema(field, inner)}${note ? `  // ${note}` : ''}`;
  });
  return `{\n${fields.join('\n')}\n${indent}}`;
}

/** Follows a reference, and takes what an extended schema consists of together. */
function resolve(schema) {
  if (schema.$ref) {
    const path = schema.$ref.split('/').slice(1);
    return resolve(path.reduce((node, name) => node[name], description));
  }
  if (!schema.allOf) return schema;
  const parts = schema.allOf.map(resolve);
  return {
    ...Object.assign({}, ...parts),
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: parts.flatMap(({ required }) => required ?? []),
  };
}

function sender(method, path, parameters, body) {
  const inputs = parameters.map(({ name, schema }) =>
    element('input', { name, placeholder: schema.example ?? '' }),
  );
  const bodyInput = body === undefined ? null : element('textarea', { rows: 6, placeholder: 'JSON' });
  const answer = element('pre', { hidden: '' });
  const button = element('button', { type: 'button' }, 'Send');
  button.addEventListener('click', async () => {
    const target = inputs.reduce(
      (url, input) => url.replace(`{${input.name}}`, encodeURIComponent(input.value)),
      path,
    );
    answer.hidden = false;
    answer.textContent = await send(method, target, bodyInput?.value);
  });
  return element(
    'div',
    {},
    inputs.map((input) => labelled(input.name, input)),
    bodyInput === null ? null : labelled('body', bodyInput),
    button,
    answer,
  );
}

function labelled(name, input) {
  return element('label', {}, `${name} `, input);
}

/** What the gateway answered, or that it did not. */
async function send(method, target, body) {
  const key = keyInput.value.trim();
  const headers = key === '' ? {} : { authorization: `Bearer ${key}` };
  try {
    const response = await fetch(target, { method, body, headers });
    return `${response.status}\n${indented(await response.text())}`;
  } catch (error) {
    return `No answer: ${error.message}`;
  }
}

function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
