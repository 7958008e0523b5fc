//! The binary: hands everything to the command line.

fn main() -> std::process::ExitCode {
    junctionbox::cli::run()
}
