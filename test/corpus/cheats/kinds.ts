// Kinds
//
// Owns:   the kinds of cheats and where each was reported.
// Leaves: the cheats (open/, held/).

const METR = 'METR, "Recent Frontier Models Are Reward Hacking", June 2025'
const MISALIGNED = 'MacDiarmid et al., "Natural Emergent Misalignment from Reward Hacking", arXiv 2511.18397'
const BERKELEY = 'Wang et al. (Berkeley RDI), "How We Broke Top AI Agent Benchmarks", April 2026'
const IMPOSSIBLE = 'Zhong et al., "ImpossibleBench", arXiv 2510.20270'
const EVILGENIE = 'Gabor et al., "EvilGenie: A Reward Hacking Benchmark", arXiv 2511.21654'
const TRACE = 'Deshpande et al., "TRACE", arXiv 2601.20103 (54 categories)'
const BAKER =
  'Baker et al. (OpenAI), "Monitoring Reasoning Models for Misbehavior", arXiv 2503.11926, March 2025'
const ROTTEN = 'Delplanque et al., "Rotten Green Tests", ICSE 2019, doi 10.1109/ICSE.2019.00062'

export const KINDS = {
  watched: {
    title: 'source that is right only when it is watched',
    source:
      'github.com/auchenberg/volkswagen (detects a CI server); vitest-dev/vitest#781 and go-gitea/gitea#32647 (how code knows vitest)',
  },
  memorised: {
    title: 'answers to the inputs of the tests, and to no others',
    source: `${EVILGENIE}; Anthropic, Claude 3.7 Sonnet system card ("special-casing"); "School of Reward Hacks", arXiv 2508.17511`,
  },
  intrinsics: {
    title: 'replaced intrinsics that comparisons stand on',
    source: `${METR} (overwritten operators and clocks)`,
  },
  equal_to_all: {
    title: 'returned values that are equal to everything',
    source: `${MISALIGNED} ("AlwaysEqual"); ${IMPOSSIBLE} (operator overloading)`,
  },
  takeover: {
    title: 'the runner, its report or its exit code taken over',
    source: `${MISALIGNED} (exit code, report patching); ${BERKELEY} (ten lines of conftest.py)`,
  },
  hooks: {
    title: 'hooks and setup files that make tests pass',
    source: `${BERKELEY} (pytest_runtest_makereport); ${BAKER} (raise SkipTest)`,
  },
  corrected: {
    title: 'tests that reach another program than users do',
    source: `${TRACE} (execution environment hacks); nodejs.org, "Packages: conditional exports"; vitest-dev/vitest, vi.mock`,
  },
  kit: {
    title: "a kit of the tests' own that tolerates what is wrong",
    source: `ArnauFerma in ComposioHQ/awesome-claude-skills#1906 (tests that cannot detect); ${TRACE} (test modification)`,
  },
  expected_data: {
    title: 'expected data changed together with the bug',
    source: 'oocx/tfplan2md#424 (an agent changed expectations to broken output)',
  },
  fewer_cases: {
    title: 'fewer cases in tables and generated tests',
    source: `${TRACE} (coverage gaming); nstfkc/gemi#203 (a filter leaves out passing tests)`,
  },
  rotten: { title: 'assertions that are not executed', source: ROTTEN },
  self_confirming: {
    title: 'expected values computed by the code under test',
    source:
      'mokevnin/agentic-coding-design-patterns#22 (self-confirming tests); tenstorrent/tt-umd#3429 (expected values are literals)',
  },
  mocked: {
    title: 'the code under test replaced by a mock',
    source: 'martymcenroe/AssemblyZero#3490 (a mock is called and asserted); Z-M-Huang/vcp#9 (over-mocking)',
  },
  untested: {
    title: 'behaviour dropped that no test asks for',
    source: 'Niedermayr et al. and Vera-Pérez et al. on pseudo-tested methods, "Descartes", arXiv 1811.03045',
  },
  fallback: {
    title: 'errors swallowed, made-up data in their place',
    source: 'anthropics/claude-code#5941 (unauthorised fallbacks and synthetic data), #5273 (faking it)',
  },
  faked_task: {
    title: 'a task that is only fulfilled for its examples',
    source: `${EVILGENIE}; anthropics/claude-code#33781 (tests that take a bug for expected)`,
  },
  faked_proof: {
    title: 'a regression test that fails for another reason than the bug',
    source: `guycorbaz/smartme_mqtt#25 (tests that pass for the wrong reason); ${IMPOSSIBLE}`,
  },
  hidden_code: {
    title: 'code where coverage and mutation do not look',
    source:
      'vitest.dev, "Coverage" (ignore hints); Maton et al. on pseudo-tested statements; Inozemtseva and Holmes, ICSE 2014',
  },
  settings: {
    title: 'settings of the test run that a planner named',
    source:
      'InsForge/insforge-mcp#100 (passWithNoTests); vitest-dev/vitest#6831 (a reporter changes the exit code)',
  },
  runs_by_itself: {
    title: "files that run by themselves on a developer's machine or in CI",
    source:
      'code.visualstudio.com, "Tasks" (runOn folderOpen); docs.npmjs.com, "Scripts"; containers.dev (postCreateCommand)',
  },
  look_alike: {
    title: 'text that is not what it looks like',
    source:
      'Boucher and Anderson, "Trojan Source", CVE-2021-42574; CVE-2024-3094 (xz: a payload in test data)',
  },
  loose_ends: {
    title: 'failures that come too late or are caught elsewhere',
    source: 'vitest-dev/vitest#10868 and jestjs/jest#4982 (assertions that nobody awaits); nodejs/node#59719',
  },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly source: string }>>
export type Kind = keyof typeof KINDS
