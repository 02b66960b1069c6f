# For tools that look for one. The build is described once, in CMakeLists.txt; `npm run setup` drives it.
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
