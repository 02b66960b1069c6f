# Only for tools that expect this file. CMakeLists.txt describes the build, and `npm run setup` runs it.
{
  "targets": [{
    "target_name": "pqrst",
    "type": "none",
    "actions": [{
      "action_name": "cmake", "inputs": ["CMakeLists.txt"], "outputs": ["build/Release/pqrst.node"],
      "action": ["node", "scripts/setup.mjs"]
    }]
  }]
}
