import tseslint from 'typescript-eslint';

/**
 * Which folder of src/ may import which others (DESIGN.md §2). Value imports outside this table are errors;
 * where a folder is listed under `typesOf`, only its types may be imported.
 */
const houseRules = {
  statistics: { values: [] },
  domain: { values: ['statistics'] },
  store: { values: ['domain', 'statistics'] },
  artifacts: { values: ['domain', 'statistics'] },
  training: { values: ['domain', 'statistics', 'artifacts'] },
  inference: { values: ['domain', 'statistics'] },
  workflows: { values: ['domain', 'statistics'], typesOf: ['activities'] },
  activities: { values: ['domain', 'statistics', 'store', 'artifacts', 'training', 'inference'] },
  api: { values: ['domain', 'statistics', 'store', 'artifacts', 'inference'] },
};
const folders = [...Object.keys(houseRules), 'workers'];

function importRule(folder, { values, typesOf = [] }) {
  const forbidden = (allowed) =>
    folders.filter((other) => other !== folder && !allowed.includes(other)).join('|');
  const patterns = [
    {
      regex: `^(\\.\\./)+(${forbidden([...values, ...typesOf])})/`,
      message: `src/${folder} may import only: ${[...values, ...typesOf].join(', ') || 'nothing of ours'}.`,
    },
  ];
  if (typesOf.length > 0) {
    patterns.push({
      regex: `^(\\.\\./)+(${typesOf.join('|')})/`,
      allowTypeImports: true,
      message: `src/${folder} may import only types of: ${typesOf.join(', ')}.`,
    });
  }
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
}

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.tempered/'] },
  { files: ['**/*.ts'], extends: [tseslint.configs.strictTypeChecked] },
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-assertions': [
        'error',
        { assertionStyle: 'as', objectLiteralTypeAssertions: 'never' },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    // node:test's describe/it/test return promises that its runner itself awaits.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite'] },
          ],
        },
      ],
    },
  },
  ...Object.entries(houseRules).map(([folder, rules]) => importRule(folder, rules)),
);
