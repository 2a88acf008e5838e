import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { removeFolder, temporaryFolder, write } from "../testing/files.ts";
import { npmSettings } from "./npm-settings.ts";

const test = suite("npm settings", { folder: "" });
test.before.each((context) => void (context.folder = temporaryFolder()));
test.after.each(({ folder }) => removeFolder(folder));

/** Settings of a project in a folder, with nothing of this machine's. */
const read = (folder: string, environment: Readonly<Record<string, string>> = {}, at = "project") =>
  npmSettings(join(folder, at), { npm_config_globalconfig: join(folder, "global-npmrc"), ...environment }, join(folder, "home"));

test("npm settings: none at all", ({ folder }) => {
  write(folder, { "project/package.json": "{}" });
  const { registry, scopes, authorization, ca, strict, proxy } = read(folder);
  assert.is(registry, "https://registry.npmjs.org/");
  assert.equal([scopes.size, authorization(registry), ca, strict, proxy], [0, null, null, true, null]);
});

test("npm settings: environment before project before user before global", ({ folder }) => {
  write(folder, {
    "project/package.json": "{}",
    "project/study/x": "",
    "global-npmrc": "registry=https://global/\nstrict-ssl = false",
  });
  const registry = (environment = {}) => read(folder, environment, "project/study").registry;
  assert.is(registry(), "https://global/");
  write(folder, { "home/.npmrc": "; mine\nregistry = https://user" });
  assert.is(registry(), "https://user/");
  write(folder, { "project/.npmrc": '# ours\nregistry = "https://project/npm/"' });
  assert.is(registry(), "https://project/npm/");
  for (const name of ["npm_config_registry", "NPM_CONFIG_REGISTRY"])
    assert.is(registry({ [name]: "https://environment/" }), "https://environment/");
  assert.is(registry({ npm_config_registry: "" }), "https://project/npm/", "an empty one says nothing");
  assert.is(read(folder).strict, false);
  write(folder, { "other-npmrc": "registry=https://other/" });
  assert.is(read(folder, { npm_config_userconfig: join(folder, "other-npmrc") }, ".").registry, "https://other/");
});

test("npm settings: registries of scopes, and who may see them", ({ folder }) => {
  write(folder, {
    "project/package.json": "{}",
    "project/.npmrc":
      "@you:registry=https://you.example:8443/npm/private\n//you.example:8443/npm/:_authToken=${TOKEN}\n//${HOST}/:_auth=bmFtZTpwYXNz",
    "home/.npmrc": `//named.example/:username=me\n//named.example/:_password=${Buffer.from("secret").toString("base64")}`,
  });
  const { scopes, authorization } = read(folder, {
    TOKEN: "abc",
    HOST: "basic.example",
    "npm_config_@them:registry": "http://them",
  });
  assert.equal([...scopes].toSorted(), [["@them", "http://them/"], ["@you", "https://you.example:8443/npm/private/"]]); // prettier-ignore
  assert.is(authorization(scopes.get("@you")!), "Bearer abc");
  assert.is(authorization("https://you.example:8443/"), null, "only below what it is for");
  assert.is(authorization("https://you.example/npm/"), null, "another port is another host");
  assert.is(authorization("https://basic.example/"), "Basic bmFtZTpwYXNz");
  assert.is(authorization("https://named.example/"), `Basic ${Buffer.from("me:secret").toString("base64")}`);
});

test("npm settings: certificates and a proxy", ({ folder }) => {
  write(folder, { "project/package.json": "{}", "ca.pem": "PEM", "project/.npmrc": `cafile=${join(folder, "ca.pem")}` });
  assert.is(read(folder, { HTTPS_PROXY: "http://proxy" }).ca, "PEM");
  assert.is(read(folder, { HTTPS_PROXY: "http://proxy" }).proxy, "http://proxy");
  assert.is(read(folder, { npm_config_cafile: join(dirname(folder), "gone.pem") }).ca, null);
});

test.run();
