// Its hash stands in the lockfile; what it does is in scripts/published.cjs, which may change.
module.exports = { hooks: { beforePacking: require("./scripts/published.cjs").published } };
