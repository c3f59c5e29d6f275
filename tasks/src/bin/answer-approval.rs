//! The Lambda `answer-approval`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::AnswerApproval>()
}
