//! A few seeds of the simulation, beside the tests: so that a change to the engine is noticed there, too (`cargo xtask
//! mutants engine`). `simulate` takes thousands.

use super::{Plan, run};

// BS1
#[test]
fn people_devices_network_and_server_agree_in_the_end() {
    for seed in 5_000..5_020 {
        let outcome = run(&Plan {
            seed,
            operations: 300,
            fault: None,
            traced: false,
        });
        assert_eq!(outcome.broken, None, "seed {seed}");
        assert_eq!(outcome.counts.of("seeds"), 1);
    }
}
