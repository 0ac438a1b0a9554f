// All suites in one process, so that each season of the demo is loaded once. One of them alone:
// `scripts/with-postgres.sh node --test --test-name-pattern "without scripts" tests/e2e/browser.test.mjs`

import "./suites/desk.mjs";
import "./suites/editing.mjs";
import "./suites/journeys.mjs";
import "./suites/pages.mjs";
