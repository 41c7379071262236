#include "harness/commands/completion.h"

#include <CLI/CLI.hpp>

#include "harness/commands/command.h"

namespace mtkrig::harness {

void AddCompletion(CLI::App& app, CommandLine& line) {
  auto shell = std::make_shared<std::string>();
  CLI::App& command = AddCommand(app, line, "completion", "Print the completion script of a shell",
                                 [shell](CommandContext& context) -> Result<int> {
                                   const std::string_view script =
                                       *shell == "bash"  ? kBashCompletion
                                       : *shell == "zsh" ? kZshCompletion
                                                         : kFishCompletion;
                                   context.results = {{"shell", *shell}, {"script", script}};
                                   context.console.PrintDocument(script);
                                   return 0;
                                 });
  command.add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->type_name("NAME");
  command.footer(R"(Examples:
  mtkrig completion bash > ~/.local/share/bash-completion/completions/mtkrig
  mtkrig completion zsh > "${fpath[1]}/_mtkrig"
  mtkrig completion fish > ~/.config/fish/completions/mtkrig.fish)");
}

}  // namespace mtkrig::harness
