//! `junctionbox customer create|list|show`.

use serde_json::{Map, Value};

use super::{Global, Outcome, reach};
use crate::server::control::ControlRequest;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a customer; prints its id
    Create {
        #[arg(long)]
        name: String,
        /// The id by which your own systems know it
        #[arg(long)]
        external_id: Option<String>,
        #[arg(long)]
        contact_name: Option<String>,
        #[arg(long)]
        contact_email: Option<String>,
        /// Language of what the customer reads: en, de
        #[arg(long)]
        locale: Option<String>,
        /// How many credits its connections may use together
        #[arg(long, value_name = "CREDITS")]
        credit_limit: Option<i64>,
    },
    /// Show the customers with their connections and credits
    List {
        /// Only those whose name, id or contact has this in it
        #[arg(long)]
        q: Option<String>,
    },
    /// Show one
    Show { customer: String },
}

pub fn run(global: &Global, command: Command) -> Outcome {
    match command {
        Command::Create { name, external_id, contact_name, contact_email, locale, credit_limit } => {
            let mut fields = Map::new();
            fields.insert("name".into(), name.into());
            let texts = [
                ("external_id", external_id),
                ("contact_name", contact_name),
                ("contact_email", contact_email),
                ("locale", locale),
            ];
            fields.extend(texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), Value::from(text?)))));
            fields.extend(credit_limit.map(|limit| ("credit_limit".to_owned(), limit.into())));
            let request = ControlRequest::CustomerCreate { fields: Value::Object(fields) };
            reach::ask_for(global, request, reach::Needs::Nothing, "id")
        }
        Command::List { q } => reach::ask_pages(global, |cursor| ControlRequest::CustomerList { q: q.clone(), cursor }),
        Command::Show { customer } => reach::ask(global, ControlRequest::CustomerShow { customer }, reach::Needs::Data),
    }
}
