// SARIF
//
// Findings as a SARIF 2.1.0 log, which code hosts and editors read.

import { type Aspect, aspectSchema, type ReviewFinding } from './finding.ts'

const about: Readonly<Record<Aspect, string>> = {
  architecture: 'Parts that know too much of each other, or are in the wrong place',
  security: 'What somebody who means harm could make of it',
  performance: 'Time or memory that grows faster than it has to',
  maintainability: 'What makes the next change harder or more dangerous',
}

/** One log with one run; a rule for each aspect. */
export function sarifOf(findings: readonly ReviewFinding[], version: string): object {
  const rules = aspectSchema.options
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Canopy',
            version,
            rules: rules.map((id) => ({ id, shortDescription: { text: about[id] } })),
          },
        },
        results: findings.map((finding) => resultOf(finding, rules.indexOf(finding.aspect))),
      },
    ],
  }
}

function resultOf(
  { aspect, severity, file, line, title, detail, suggestion }: ReviewFinding,
  ruleIndex: number,
): object {
  const text = [title, detail, ...(suggestion === undefined ? [] : [suggestion])].join('\n\n')
  // A path is not a URL: characters with a meaning in URLs are escaped.
  const uri = file.split('/').map(encodeURIComponent).join('/')
  return {
    ruleId: aspect,
    ruleIndex,
    level: severity,
    message: { text },
    locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: line } } }],
  }
}
