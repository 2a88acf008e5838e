// mathjs as one file: the same functions as its main entry has.
module.exports = require("./lib/browser/math.js");
