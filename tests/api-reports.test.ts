// The reports in packages/*/etc are what the packages export: a change of the interface shows in a diff. `npm run api` writes them.

import { test } from "uvu";
import * as assert from "uvu/assert";
import { apiReports, writtenReports } from "../tools/api/reports.ts";

test("api reports: they are what the packages export (else: npm run api)", () => {
  const written = writtenReports();
  const reports = apiReports();
  assert.ok(reports.size >= 20, `${reports.size}`);
  assert.equal([...written.keys()].sort(), [...reports.keys()].sort());
  for (const [path, text] of reports) assert.fixture(written.get(path)!, text, `${path} is out of date: npm run api`);
});

test.run();
