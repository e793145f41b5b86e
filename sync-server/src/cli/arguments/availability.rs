//! `membership availability`: when somebody works, and who covers.

use chrono::NaiveDate;
use clap::Args;
use conversation::organisation::availability::{TIME_ZONE, WorkingDay, week_of_text};
use conversation::organisation::{Absence, Availability, Cover};
use conversation::{MembershipId, TeamId};

#[derive(Debug, Args)]
pub(in crate::cli) struct AvailabilityArguments {
    /// `ma-wo 08:30-17:00, vr 9-13`, in Dutch or English; hours that end before they begin end on the next day.
    #[arg(long, default_value = "", value_parser = week_of_text)]
    week: std::vec::Vec<WorkingDay>,
    /// They work on national holidays, too.
    #[arg(long)]
    works_on_holidays: bool,
    /// The time zone of days and hours.
    #[arg(long, default_value = TIME_ZONE)]
    time_zone: String,
    /// The first day of an absence: `2026-12-21`.
    #[arg(long, requires = "absent_until")]
    absent_from: Option<NaiveDate>,
    /// The last day of an absence.
    #[arg(long, requires = "absent_from")]
    absent_until: Option<NaiveDate>,
    /// The membership of the colleague who covers.
    #[arg(long, conflicts_with = "cover_team")]
    cover: Option<MembershipId>,
    /// The team that covers.
    #[arg(long)]
    cover_team: Option<TeamId>,
    #[arg(long, default_value = "")]
    note: String,
}

impl AvailabilityArguments {
    pub(super) fn availability(self) -> Availability {
        let absence = self.absent_from.zip(self.absent_until);
        let colleague = self.cover.map(|membership| Cover::Colleague { membership });
        Availability {
            note: self.note,
            week: self.week,
            works_on_holidays: self.works_on_holidays,
            time_zone: self.time_zone,
            absence: absence.map(|(from, until)| Absence { from, until }),
            cover: colleague.or(self.cover_team.map(|team| Cover::Team { team })),
        }
    }
}
